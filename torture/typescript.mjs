/** Lets Node run the TypeScript of this folder, and of what it shares with the tests: `node --import ./torture/typescript.mjs`. */

import { register } from "node:module";

register("./typescript-hooks.mjs", import.meta.url);
