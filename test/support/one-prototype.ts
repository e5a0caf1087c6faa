import { DurableObject, WorkerEntrypoint, WorkflowEntrypoint } from "cloudflare:workers";

/*
 * The pool wraps every class of the Worker under test in one of its own, and puts a Proxy before the prototype of that one
 * for every object that it constructs, in a chain: the thousandth object looks each method up through a thousand of them.
 * Versions that do so once need Node 22 (cloudflare/workers-sdk#15106). Here the first object's prototype serves all.
 */

type Constructor = new (...args: never[]) => object;

const wrappedClasses = new Set<unknown>([DurableObject, WorkerEntrypoint, WorkflowEntrypoint]);
const firstPrototypes = new WeakMap<Constructor, object>();
const construct = Reflect.construct;

function constructWithFirstPrototype(target: Constructor, args: never[], newTarget = target): object {
  if (wrappedClasses.has(target) && newTarget !== target) {
    const first = firstPrototypes.get(newTarget);
    if (first === undefined) firstPrototypes.set(newTarget, newTarget.prototype);
    else newTarget.prototype = first;
  }
  return construct(target, args, newTarget);
}

Object.assign(Reflect, { construct: constructWithFirstPrototype });
