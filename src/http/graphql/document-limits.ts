import { type DocumentNode, GraphQLError, Kind, type SelectionSetNode } from "graphql";
import { maxGraphqlDepth, maxGraphqlFields } from "../../limits.ts";

/** How large a selection is once its fragments are written out. */
interface Extent {
  fields: number;
  depth: number;
}

const none: Extent = { fields: 0, depth: 0 };

/**
 * Refuses a document that would come to too many fields, or go too deep. Fragments are looked at once, however often
 * they are used: a few of them, each used twice by the next, come to a million fields.
 *
 * @throws GraphQLError
 */
export function checkExtent(document: DocumentNode): void {
  const fragments = new Map<string, SelectionSetNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      fragments.set(definition.name.value, definition.selectionSet);
    }
  }
  const known = new Map<string, Extent>();

  function extentOfFragment(name: string): Extent {
    const before = known.get(name);
    if (before !== undefined) return before;
    // Until it is known: a cycle ends here, and the validation that follows tells of it.
    known.set(name, none);
    const selections = fragments.get(name);
    const extent = selections === undefined ? none : extentOf(selections);
    known.set(name, extent);
    return extent;
  }

  function extentOf(set: SelectionSetNode): Extent {
    const extent = { fields: 0, depth: 0 };
    for (const selection of set.selections) {
      const inside = insideOf(selection);
      extent.fields += inside.fields;
      extent.depth = Math.max(extent.depth, inside.depth);
    }
    return extent;
  }

  function insideOf(selection: SelectionSetNode["selections"][number]): Extent {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return extentOfFragment(selection.name.value);
    if (selection.kind === Kind.INLINE_FRAGMENT) return extentOf(selection.selectionSet);
    const { fields, depth } = selection.selectionSet === undefined ? none : extentOf(selection.selectionSet);
    return { fields: fields + 1, depth: depth + 1 };
  }

  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const { fields, depth } = extentOf(definition.selectionSet);
    if (depth > maxGraphqlDepth) {
      throw new GraphQLError(`A query has at most ${maxGraphqlDepth} levels of fields, not ${depth}.`);
    }
    if (fields > maxGraphqlFields) {
      throw new GraphQLError(
        `A query has at most ${maxGraphqlFields} fields, with those of its fragments at each of their uses, not ${fields}.`,
      );
    }
  }
}
