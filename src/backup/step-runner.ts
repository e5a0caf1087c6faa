import type { WorkflowStep, WorkflowStepConfig } from "cloudflare:workers";
import { problemOf } from "./problem.ts";
import { pollingStep } from "./step-config.ts";

/** Does the steps of a Workflow. */
export interface StepRunner {
  /** @throws What the last attempt threw. */
  do<T extends Rpc.Serializable<T>>(
    name: string,
    config: WorkflowStepConfig,
    work: () => Promise<T>,
  ): Promise<T>;
}

/**
 * Steps of which each failed attempt is told: a Workflow hears of the last one only, and may wait for minutes before it repeats one.
 *
 * @param tell Not called for the steps that throw until something else has ended.
 */
export function tellingOfAttempts(
  step: WorkflowStep,
  tell: (step: string, error: string) => void,
): StepRunner {
  return {
    do: (name, config, work) =>
      step.do(name, config, async () => {
        try {
          return await work();
        } catch (error) {
          if (config !== pollingStep) tell(name, problemOf(error));
          throw error;
        }
      }),
  };
}
