/** The Worker of docs/backup.md. */

import { BackupWorkflow, backUpDatabases, Catalog, createHttpApp, RestoreWorkflow } from "d1-procedures";

export { BackupWorkflow, Catalog, RestoreWorkflow };
export default { fetch: createHttpApp().fetch, scheduled: backUpDatabases };
