import { DatabaseError } from "../errors.ts";

/** What `connect()` takes: a Durable Object namespace, a stub of an object, or a service binding. */
export type DatabaseBinding = NamespaceBinding | StubBinding | ServiceBinding;

/** A `[[durable_objects.bindings]]` binding. The types are structural, so that any class of object fits. */
export interface NamespaceBinding {
  idFromName(name: string): DurableObjectId;
  get(id: DurableObjectId, options?: { locationHint?: string }): StubBinding;
}

/** What `namespace.get()` and `namespace.getByName()` give. */
export interface StubBinding extends ServiceBinding {
  readonly id: DurableObjectId;
}

/** A `[[services]]` binding to an entrypoint made by `defineBinding()`. */
export interface ServiceBinding {
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
}

/** A binding with what it turned out to be. */
export type ClassifiedBinding =
  | { kind: "namespace"; binding: NamespaceBinding }
  | { kind: "stub"; binding: StubBinding }
  | { kind: "service"; binding: ServiceBinding };

/**
 * Tells the kinds of bindings apart.
 *
 * By `Object.prototype.toString`, because a stub answers every property name (each might be a method of
 * the other side), so that looking for `get` or `idFromName` proves nothing.
 *
 * @throws DatabaseError INVALID_BINDING, whose message lists the likely causes.
 */
export function classifyBinding(binding: unknown): ClassifiedBinding {
  const tag = Object.prototype.toString.call(binding).slice("[object ".length, -1);
  switch (tag) {
    case "DurableObjectNamespace":
    case "LoopbackDurableObjectNamespace": // ctx.exports.Database
      return { kind: "namespace", binding: binding as NamespaceBinding };
    case "DurableObject":
      return { kind: "stub", binding: binding as StubBinding };
    case "Fetcher":
    case "LoopbackServiceStub": // ctx.exports.DB
      return { kind: "service", binding: binding as ServiceBinding };
  }
  throw new DatabaseError("INVALID_BINDING", binding == null ? missing(binding) : wrongKind(binding, tag));
}

function missing(binding: null | undefined): string {
  return [
    `connect() got ${binding} instead of a binding. Likely causes:`,
    "- the name in env differs from the binding's name in wrangler.toml (`name` of [[durable_objects.bindings]], `binding` of [[services]]);",
    "- wrangler.toml has the binding only at the top level, but the Worker runs in another environment (bindings are not inherited);",
    "- connect() runs outside of a handler, before env exists.",
  ].join("\n");
}

function wrongKind(binding: unknown, tag: string): string {
  const type = binding?.constructor?.name ?? tag;
  return [
    `connect() got ${type === "Object" ? "an object" : `a ${type}`}, which is not a binding of a database. Pass one of:`,
    '- env.DB where wrangler.toml has [[durable_objects.bindings]] name = "DB" with the class made by defineDatabase();',
    '- env.DB where wrangler.toml has [[services]] binding = "DB" with the entrypoint made by defineBinding();',
    "- a stub, as env.DB.getByName(name) gives it.",
    ...(type === "D1Database"
      ? [
          "A [[d1_databases]] binding is Cloudflare's own D1, which has no procedures: replace it by one of these.",
        ]
      : []),
    ...(type === "Client" ? ["This one is connected already: use it as it is."] : []),
  ].join("\n");
}
