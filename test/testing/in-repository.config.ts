/** The project of a user, inside this repository: the package's own name means its sources, as in its tsconfig.json. */

import { mergeConfig } from "vitest/config";
import config from "./project/vitest.config.ts";

export default async () =>
  mergeConfig(await config({ mode: "test", command: "serve" }), { resolve: { tsconfigPaths: true } });
