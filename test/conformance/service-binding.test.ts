import { runSuite } from "./run-suite.ts";

runSuite("service binding");
