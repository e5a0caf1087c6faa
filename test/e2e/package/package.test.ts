/** The package as npm makes it: packed, installed, type-checked, run and bundled in the project of a user, whose Worker README.md shows, and in the examples. */

import { describe, vi } from "vitest";
import { exampleCases } from "../examples/example-cases.ts";
import { bundleCases } from "./cases/bundle.ts";
import { runCases } from "./cases/run.ts";
import { tarballCases } from "./cases/tarball.ts";
import { typeCases } from "./cases/types.ts";
import { useInstalledPackage } from "./installed.ts";

const installed = useInstalledPackage();

// They all wait for two processors, or fewer.
vi.setConfig({ testTimeout: 150_000 });

// Those that take longest come first.
describe.concurrent("the examples", () => exampleCases(installed));
describe.concurrent("the package in a project", () => runCases(installed));
describe.concurrent("the bundle of a Worker", () => bundleCases(installed));
describe.concurrent("its types", () => typeCases(installed));
describe.concurrent("the file", () => tarballCases(installed));
