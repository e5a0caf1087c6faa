/**
 * The platform goes on with an instance of a Workflow whose Worker was killed. A local runtime does not, but it keeps what the steps
 * have returned: an instance that is created again, under its id, goes on where it was. So each one is noted before it is
 * created, and all that have not ended are created again after a restart.
 */

export type WorkflowKind = "backup" | "restore";

/** An instance that was started. */
export interface Instance {
  kind: WorkflowKind;
  id: string;
  status: string;
  output?: unknown;
  error?: string;
}

export interface InstancesEnv {
  INSTANCES: R2Bucket;
  BACKUP_WORKFLOW: Workflow;
  RESTORE_WORKFLOW: Workflow;
}

/** The Workflow, which notes what it starts. */
export function noted(kind: WorkflowKind, env: InstancesEnv): Workflow {
  const workflow = workflowOf(kind, env);
  const create = async (options: WorkflowInstanceCreateOptions) => {
    await env.INSTANCES.put(`${kind}/${options.id}`, JSON.stringify(options.params));
    return workflow.create(options);
  };
  return { create, get: (id: string) => workflow.get(id) } as unknown as Workflow;
}

/** Lets all go on that have not ended. */
export async function resumeInstances(env: InstancesEnv): Promise<void> {
  for (const { key } of (await env.INSTANCES.list()).objects) {
    const [kind, id] = key.split("/") as [WorkflowKind, string];
    const params = await (await env.INSTANCES.get(key))!.json();
    // Does nothing to one that has ended.
    await workflowOf(kind, env).create({ id, params });
  }
}

/** @param ended Those of which no more need be told: `<kind>/<id>`. */
export async function instances(env: InstancesEnv, ended: string[]): Promise<Instance[]> {
  if (ended.length > 0) await env.INSTANCES.delete(ended);
  const { objects } = await env.INSTANCES.list();
  return Promise.all(
    objects.map(async ({ key }) => {
      const [kind, id] = key.split("/") as [WorkflowKind, string];
      const { status, output, error } = await statusOf(workflowOf(kind, env), id);
      return { kind, id, status, output, ...(error != null && { error: error.message }) };
    }),
  );
}

/** Of one that was noted, and killed before it was created, too. */
async function statusOf(workflow: Workflow, id: string): Promise<InstanceStatus> {
  try {
    return await (await workflow.get(id)).status();
  } catch (error) {
    if (/instance\.not_found/.test((error as Error).message)) return { status: "unknown" };
    throw error;
  }
}

function workflowOf(kind: WorkflowKind, env: InstancesEnv): Workflow {
  return kind === "backup" ? env.BACKUP_WORKFLOW : env.RESTORE_WORKFLOW;
}
