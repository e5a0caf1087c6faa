import {
  type FieldNode,
  GraphQLIncludeDirective,
  type GraphQLResolveInfo,
  GraphQLSkipDirective,
  getDirectiveValues,
  Kind,
  type SelectionNode,
} from "graphql";

/** The names of what is selected two levels below the field that is being resolved: of all that is in `parent`. */
export function selectedFields(info: GraphQLResolveInfo, parent: string): Set<string> {
  const parents = fieldsBelow(info, info.fieldNodes).filter(({ name }) => name.value === parent);
  return new Set(fieldsBelow(info, parents).map(({ name }) => name.value));
}

/** Through fragments, without what `@skip` and `@include` leave out. No type here has any other, so that all apply. */
function fieldsBelow(info: GraphQLResolveInfo, nodes: readonly FieldNode[]): FieldNode[] {
  const visited = new Set<string>();
  const collect = (selections: readonly SelectionNode[]): FieldNode[] =>
    selections.flatMap((selection) => {
      if (!isIncluded(info, selection)) return [];
      if (selection.kind === Kind.FIELD) return [selection];
      if (selection.kind === Kind.INLINE_FRAGMENT) return collect(selection.selectionSet.selections);
      const name = selection.name.value;
      if (visited.has(name)) return [];
      visited.add(name);
      return collect(info.fragments[name]?.selectionSet.selections ?? []);
    });
  return collect(nodes.flatMap(({ selectionSet }) => selectionSet?.selections ?? []));
}

function isIncluded({ variableValues }: GraphQLResolveInfo, selection: SelectionNode): boolean {
  const skip = getDirectiveValues(GraphQLSkipDirective, selection, variableValues);
  const include = getDirectiveValues(GraphQLIncludeDirective, selection, variableValues);
  return skip?.if !== true && include?.if !== false;
}
