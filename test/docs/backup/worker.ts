/** The Worker of docs/backup.md. */

import { BackupWorkflow, backUpDatabases, Catalog, createHttpApp } from "d1-procedures";

export { BackupWorkflow, Catalog };
export default { fetch: createHttpApp().fetch, scheduled: backUpDatabases };
