/** How far the instance of a Workflow is. */
export type WorkflowStatus<Output> = { instance_id: string } & (
  | { status: "active" }
  | { status: "complete"; output: Output }
  | { status: "error"; error: string }
);

/** Milliseconds between two looks at an instance: the first, and the longest. Each look is a subrequest, and 50 of them are what the free plan has. */
const firstPauseMs = 50;
const longestPauseMs = 5_000;

/** The status of an instance when it ends, or after so many milliseconds. */
export async function workflowStatus<Output>(
  instance: WorkflowInstance,
  patienceMs: number,
): Promise<WorkflowStatus<Output>> {
  const deadline = Date.now() + patienceMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const status = statusOf<Output>(instance.id, await instance.status());
    if (status.status !== "active" || Date.now() + pauseMs > deadline) return status;
    await scheduler.wait(pauseMs);
  }
}

function statusOf<Output>(instance_id: string, instance: InstanceStatus): WorkflowStatus<Output> {
  const { status, output, error } = instance;
  switch (status) {
    case "complete":
      return { instance_id, status, output: output as Output };
    case "errored":
      return { instance_id, status: "error", error: error?.message ?? "The instance has failed." };
    case "terminated":
      return { instance_id, status: "error", error: "The instance was terminated." };
    default:
      return { instance_id, status: "active" };
  }
}
