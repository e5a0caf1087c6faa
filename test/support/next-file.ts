/** Runs before every file of the test project "database", whose files share a runtime. */
import { reset } from "cloudflare:test";
import { vi } from "vitest";
import "./one-prototype.ts";

// What the file before has replaced by a spy or a false clock, and what it has left in memory: its objects end. Storage of
// objects that had ended before stays, which is why names are random.
vi.useRealTimers();
vi.restoreAllMocks();
await reset();
