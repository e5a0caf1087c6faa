/**
 * Finds what is wrong with an OpenAPI 3.1 document: the rules of the specification that a generator can break, with the
 * JSON Schema 2020-12 that it builds on.
 */

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

export interface Operation {
  method: string;
  path: string;
  operation: JsonObject;
}

const methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/** All operations of a document. */
export function operationsOf(document: JsonObject): Operation[] {
  return Object.entries(objectOf(document.paths)).flatMap(([path, item]) =>
    Object.entries(objectOf(item))
      .filter(([method]) => methods.includes(method))
      .map(([method, operation]) => ({ method, path, operation: objectOf(operation) })),
  );
}

/** What is wrong, in words; nothing if the document is valid. */
export function problemsOf(document: JsonObject): string[] {
  return [
    ...problemsOfRoot(document),
    ...problemsOfOperations(document),
    ...problemsBelow(document, "#", document),
  ];
}

function* problemsOfRoot(document: JsonObject): Generator<string> {
  const known = [
    "openapi",
    "info",
    "jsonSchemaDialect",
    "servers",
    "paths",
    "webhooks",
    "components",
    "security",
    "tags",
    "externalDocs",
  ];
  for (const key of Object.keys(document)) if (!known.includes(key)) yield `unknown field ${key}`;
  if (!/^3\.1\.\d+$/.test(String(document.openapi))) yield `openapi is ${document.openapi}`;
  for (const field of ["title", "version"]) {
    if (typeof objectOf(document.info)[field] !== "string") yield `info has no ${field}`;
  }
  for (const path of Object.keys(objectOf(document.paths))) {
    if (!path.startsWith("/")) yield `the path ${path} does not begin with a slash`;
  }
  for (const name of Object.keys(objectOf(objectOf(document.components).schemas))) {
    if (!/^[A-Za-z0-9._-]+$/.test(name)) yield `the schema's name ${name} is not allowed`;
  }
}

function* problemsOfOperations(document: JsonObject): Generator<string> {
  const ids = new Set<string>();
  const schemes = Object.keys(objectOf(objectOf(document.components).securitySchemes));
  for (const { method, path, operation } of operationsOf(document)) {
    const at = `${method} ${path}`;
    const id = String(operation.operationId);
    if (ids.has(id)) yield `${at}: the operationId ${id} is taken`;
    ids.add(id);

    const parameters = arrayOf(operation.parameters).map(objectOf);
    const inPath = parameters.filter((parameter) => parameter.in === "path").map(({ name }) => String(name));
    const named = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name!);
    if (inPath.sort().join() !== named.sort().join())
      yield `${at}: the path has ${named}, declared are ${inPath}`;
    for (const parameter of parameters) {
      if (!["path", "query", "header", "cookie"].includes(String(parameter.in)))
        yield `${at}: in ${parameter.in}`;
      if (parameter.in === "path" && parameter.required !== true)
        yield `${at}: ${parameter.name} must be required`;
      if ((parameter.schema === undefined) === (parameter.content === undefined))
        yield `${at}: ${parameter.name} has no schema`;
    }
    const keys = parameters.map((parameter) => `${parameter.in} ${parameter.name}`);
    if (new Set(keys).size !== keys.length) yield `${at}: a parameter is declared twice`;

    const responses = Object.entries(objectOf(operation.responses));
    if (responses.length === 0) yield `${at}: no responses`;
    for (const [status, response] of responses) {
      if (!/^([1-5](\d\d|XX)|default)$/.test(status)) yield `${at}: the status ${status}`;
      if (typeof objectOf(response).description !== "string") yield `${at}: ${status} has no description`;
    }
    if (operation.requestBody !== undefined) {
      if (["get", "delete", "head"].includes(method)) yield `${at}: a body has no meaning here`;
      if (Object.keys(objectOf(objectOf(operation.requestBody).content)).length === 0)
        yield `${at}: the body has no content`;
    }
    for (const requirement of arrayOf(operation.security)) {
      for (const scheme of Object.keys(objectOf(requirement))) {
        if (!schemes.includes(scheme)) yield `${at}: the security scheme ${scheme} is not declared`;
      }
    }
  }
}

/** References and schemas, wherever they are. Examples are data: nothing in them means anything. */
function* problemsBelow(value: Json | undefined, at: string, document: JsonObject): Generator<string> {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* problemsBelow(item, `${at}/${index}`, document);
    return;
  }
  if (typeof value !== "object" || value === null) return;
  if (typeof value.$ref === "string" && resolve(value.$ref, document) === undefined) {
    yield `${at}: ${value.$ref} leads nowhere`;
  }
  for (const [key, item] of Object.entries(value)) {
    if (key === "example" || key === "examples" || key === "default") continue;
    if (key === "schema") yield* problemsOfSchema(objectOf(item), `${at}/schema`);
    else if (key === "schemas") {
      for (const [name, schema] of Object.entries(objectOf(item)))
        yield* problemsOfSchema(objectOf(schema), `${at}/schemas/${name}`);
    }
    yield* problemsBelow(item, `${at}/${key}`, document);
  }
}

const types = ["null", "boolean", "object", "array", "number", "string", "integer"];

function* problemsOfSchema(schema: JsonObject, at: string): Generator<string> {
  // Words of OpenAPI 3.0, which 3.1 has dropped.
  if ("nullable" in schema) yield `${at}: nullable`;
  for (const limit of ["exclusiveMinimum", "exclusiveMaximum"]) {
    if (typeof schema[limit] === "boolean") yield `${at}: ${limit} is a boolean`;
  }
  for (const type of schema.type === undefined ? [] : [schema.type].flat()) {
    if (!types.includes(String(type))) yield `${at}: the type ${JSON.stringify(type)}`;
  }
  if (schema.type === "array" && schema.items === undefined && schema.prefixItems === undefined)
    yield `${at}: no items`;
  if (schema.pattern !== undefined) new RegExp(String(schema.pattern), "u");
  if (schema.enum !== undefined && arrayOf(schema.enum).length === 0) yield `${at}: an empty enum`;
  const properties = objectOf(schema.properties);
  for (const name of arrayOf(schema.required)) {
    if (schema.properties !== undefined && !(String(name) in properties))
      yield `${at}: ${name} is required, but no property`;
  }
  for (const [name, property] of Object.entries(properties))
    yield* problemsOfSchema(objectOf(property), `${at}/${name}`);
  for (const key of ["anyOf", "oneOf", "allOf"]) {
    for (const [index, part] of arrayOf(schema[key]).entries())
      yield* problemsOfSchema(objectOf(part), `${at}/${key}/${index}`);
  }
  for (const key of ["items", "additionalProperties"]) {
    if (schema[key] !== undefined) yield* problemsOfSchema(objectOf(schema[key]), `${at}/${key}`);
  }
}

function resolve(ref: string, document: JsonObject): Json | undefined {
  return ref
    .replace(/^#\//, "")
    .split("/")
    .reduce<Json | undefined>((value, key) => objectOf(value)[key], document);
}

function objectOf(value: Json | undefined): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

function arrayOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}
