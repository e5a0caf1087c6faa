import type { DatabaseAdminRpc } from "../../admin-protocol.ts";
import type { Placement } from "../../catalog-protocol.ts";
import { classifyBinding, type DatabaseBinding, type NamespaceBinding } from "../../client/binding-kind.ts";
import { DatabaseLink } from "../../client/database-link.ts";
import { DatabaseError, messageOf } from "../../errors.ts";
import { invalidProperty } from "../d1-rest/rest-error.ts";

/** The ways to the object of one database. */
export interface DatabaseObject {
  /** Queries and procedures. */
  link: DatabaseLink;
  /** Everything else. A stub for this request: after a reset of the object it would fail for good. */
  admin: DatabaseAdminRpc;
}

/** A namespace as the runtime has it: `connect()` needs less. */
interface PlacedNamespace extends NamespaceBinding {
  get(
    id: DurableObjectId,
    options?: { locationHint?: string },
  ): { id: DurableObjectId; fetch: Fetcher["fetch"] };
  jurisdiction(jurisdiction: string): PlacedNamespace;
}

/**
 * Opens an object of the namespace by name. Nothing is sent yet.
 *
 * @throws RestError 7400 for a jurisdiction that the platform does not know, as a local one knows none.
 */
export function openObject(
  binding: DatabaseBinding,
  name: string,
  placement: Placement = {},
): DatabaseObject {
  const namespace = placedNamespace(binding, placement.jurisdiction);
  const { locationHint } = placement;
  const stub = namespace.get(namespace.idFromName(name), locationHint === undefined ? {} : { locationHint });
  return { link: new DatabaseLink(namespace, name), admin: stub as unknown as DatabaseAdminRpc };
}

/** Opens the one object that a binding leads to by itself: of a namespace, the one of that name. */
export function openBoundObject(binding: DatabaseBinding, name: string): DatabaseObject {
  const classified = classifyBinding(binding);
  if (classified.kind === "namespace") return openObject(binding, name);
  return { link: new DatabaseLink(binding, name), admin: classified.binding as unknown as DatabaseAdminRpc };
}

function placedNamespace(binding: DatabaseBinding, jurisdiction: string | undefined): PlacedNamespace {
  const { kind, binding: namespace } = classifyBinding(binding);
  if (kind !== "namespace") {
    throw new DatabaseError(
      "INVALID_BINDING",
      "The binding DB leads to one database only. To have several, bind the Durable Object namespace itself: " +
        "[[durable_objects.bindings]] in wrangler.toml.",
    );
  }
  const placed = namespace as PlacedNamespace;
  if (jurisdiction === undefined) return placed;
  try {
    return placed.jurisdiction(jurisdiction);
  } catch (error) {
    throw invalidProperty(
      "jurisdiction",
      `the platform does not restrict databases to it here (${messageOf(error)})`,
    );
  }
}
