import type { DatabaseAdminRpc } from "../../admin-protocol.ts";
import type { Placement } from "../../catalog-protocol.ts";
import { classifyBinding, type DatabaseBinding, type NamespaceBinding } from "../../client/binding-kind.ts";
import { DatabaseLink } from "../../client/database-link.ts";
import { DatabaseGenerations } from "../../database-generations.ts";
import { DatabaseError, messageOf } from "../../errors.ts";
import { invalidProperty } from "../d1-rest/rest-error.ts";

/** The ways to the object of one database. */
export interface DatabaseObject {
  /** Queries and procedures. */
  link: DatabaseLink;
  /** Everything else. */
  admin: DatabaseAdminRpc;
  /** Erases all that it holds, in all of its generations. */
  erase(): Promise<unknown>;
  /** Where its objects are. Not known of a binding that leads to one object by itself. */
  place?: ObjectPlace;
}

/** The name of the first object of a database in the namespace, and what it was created with. */
export interface ObjectPlace extends Placement {
  objectName: string;
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
  const link = new DatabaseLink(namespace, name, locationHint === undefined ? {} : { locationHint });
  const generations = new DatabaseGenerations(namespace, name, locationHint);
  return {
    link,
    admin: adminOver(link),
    erase: () => generations.erase(),
    place: { objectName: name, ...definedOf(placement) },
  };
}

function definedOf({ locationHint, jurisdiction }: Placement): Placement {
  return { ...(locationHint && { locationHint }), ...(jurisdiction && { jurisdiction }) };
}

/** What it sends goes to the object that holds the database now. */
function adminOver(link: DatabaseLink): DatabaseAdminRpc {
  return new Proxy({} as DatabaseAdminRpc, {
    get(_, method: keyof DatabaseAdminRpc | "then") {
      if (method === "then") return undefined; // it is no promise
      return (...args: unknown[]) =>
        link.administer((admin) => Reflect.apply(admin[method], admin, args) as Promise<unknown>);
    },
  });
}

/** Opens the one object that a binding leads to by itself: of a namespace, the one of that name. */
export function openBoundObject(binding: DatabaseBinding, name: string): DatabaseObject {
  const classified = classifyBinding(binding);
  if (classified.kind === "namespace") return openObject(binding, name);
  const link = new DatabaseLink(binding, name);
  const admin = adminOver(link);
  return { link, admin, erase: () => admin.erase() };
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
