import { runSuite } from "./run-suite.ts";

runSuite("Durable Object binding");
