import {
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLSchema,
  getNullableType,
  Kind,
  parseType,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from "graphql";

/**
 * Gives every variable the type of the place where it stands first, whatever type it is declared with; `!` stays.
 * Cloudflare's API does not look at it, and its clients rely on that: wrangler declares the filter of D1's datasets as
 * one of zones, and others declare texts as `String` or `string`, and times as `Time`, `DateTime` or `Date`.
 */
export function typeVariablesByUse(document: DocumentNode, schema: GraphQLSchema): DocumentNode {
  const types = typesOfUses(document, schema);
  return visit(document, {
    VariableDefinition: (definition) => {
      const used = types.get(definition.variable.name.value);
      if (used === undefined) return undefined;
      const required = definition.type.kind === Kind.NON_NULL_TYPE ? "!" : "";
      return { ...definition, type: parseType(`${String(getNullableType(used))}${required}`) };
    },
  });
}

function typesOfUses(document: DocumentNode, schema: GraphQLSchema): Map<string, GraphQLInputType> {
  const types = new Map<string, GraphQLInputType>();
  const typeInfo = new TypeInfo(schema);
  const noteUse = visitWithTypeInfo(typeInfo, {
    // What declares it is no use.
    VariableDefinition: () => false,
    Variable: ({ name }) => {
      const type = typeInfo.getInputType();
      if (type && !types.has(name.value)) types.set(name.value, type);
    },
  });
  visit(document, noteUse);
  return types;
}
