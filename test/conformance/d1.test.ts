import { runSuite } from "./run-suite.ts";

runSuite("D1");
