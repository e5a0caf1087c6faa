import { classifyBinding, type DatabaseBinding } from "../client/binding-kind.ts";
import { GenerationTrail } from "../client/generations.ts";
import { DatabaseError } from "../errors.ts";

/** Which database of a namespace a helper is about. */
export interface DatabaseTargetOptions {
  /** The database's name within a Durable Object namespace. Default: `"default"`, as for `connect()`. */
  name?: string;
}

/** A database object that tests can reach into. */
export interface DatabaseTarget {
  readonly id: string;
  /** A new stub each time: one that has met a reset of its object fails from then on. */
  stub(): DurableObjectStub;
}

/**
 * Finds the object behind a binding.
 *
 * @throws DatabaseError INVALID_BINDING for what is no Durable Object of this Worker's own.
 */
export function databaseTarget(
  binding: DatabaseBinding,
  { name = "default" }: DatabaseTargetOptions = {},
): DatabaseTarget {
  const classified = classifyBinding(binding);
  switch (classified.kind) {
    case "namespace": {
      const namespace = classified.binding as DurableObjectNamespace;
      // Where the clients of this isolate find it: a test before may have restored it, which moves it to another object.
      const { id } = new GenerationTrail(namespace, name);
      return { id: id.toString(), stub: () => namespace.get(id) };
    }
    case "stub": {
      const stub = classified.binding as DurableObjectStub;
      return { id: stub.id.toString(), stub: () => stub };
    }
    case "service":
      throw new DatabaseError(
        "INVALID_BINDING",
        "A service binding leads to another Worker, whose Durable Objects tests cannot reach into. Test with the Worker that has the database: " +
          "pass the namespace of its Durable Object, env.DB where wrangler.toml has [[durable_objects.bindings]].",
      );
  }
}
