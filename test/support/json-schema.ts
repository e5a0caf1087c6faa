/** Finds where a value does not fit a JSON Schema, as far as the OpenAPI document of the HTTP API uses it. */

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Schema = { [key: string]: Json };

/** They say nothing about a value that is checked here. */
const silent = new Set(["description", "example", "examples", "default", "format", "title", "pattern"]);

const typeOf = (value: Json) =>
  value === null
    ? "null"
    : Array.isArray(value)
      ? "array"
      : typeof value === "number"
        ? "number"
        : typeof value;

/**
 * @param document Where a $ref leads.
 * @returns What is wrong, with the place; nothing if the value fits.
 * @throws Error for a word of JSON Schema that is not known here.
 */
export function misfitsOf(value: Json, schema: Schema, document: Json, at = "$"): string[] {
  const object = typeOf(value) === "object" ? (value as Schema) : undefined;
  return Object.entries(schema).flatMap(([word, rule]): string[] => {
    if (silent.has(word)) return [];
    switch (word) {
      case "$ref":
        return misfitsOf(value, resolved(String(rule), document), document, at);
      case "type":
        return fitsType(value, rule) ? [] : [`${at} is ${typeOf(value)}, not ${JSON.stringify(rule)}`];
      case "const":
        return value === rule ? [] : [`${at} is not ${JSON.stringify(rule)}`];
      case "enum":
        return (rule as Json[]).includes(value) ? [] : [`${at} is none of ${JSON.stringify(rule)}`];
      case "anyOf":
      case "oneOf": {
        const each = (rule as Schema[]).map((one) => misfitsOf(value, one, document, at));
        return each.some((misfits) => misfits.length === 0) ? [] : each.flat();
      }
      case "allOf":
        return (rule as Schema[]).flatMap((one) => misfitsOf(value, one, document, at));
      case "required":
        return (rule as string[])
          .filter((key) => object && !(key in object))
          .map((key) => `${at} has no ${key}`);
      case "properties":
        return Object.entries(rule as { [key: string]: Schema }).flatMap(([key, one]) =>
          object && Object.hasOwn(object, key) ? misfitsOf(object[key]!, one, document, `${at}.${key}`) : [],
        );
      case "additionalProperties": {
        const known = Object.keys((schema.properties ?? {}) as Schema);
        const others = Object.keys(object ?? {}).filter((key) => !known.includes(key));
        if (rule === false) return others.map((key) => `${at} has ${key}`);
        if (rule === true) return [];
        return others.flatMap((key) => misfitsOf(object![key]!, rule as Schema, document, `${at}.${key}`));
      }
      case "propertyNames":
        return Object.keys(object ?? {}).flatMap((key) =>
          misfitsOf(key, rule as Schema, document, `${at}: ${key}`),
        );
      case "items":
        return Array.isArray(value)
          ? value.flatMap((item, index) => misfitsOf(item, rule as Schema, document, `${at}[${index}]`))
          : [];
      case "minItems":
        return Array.isArray(value) && value.length < Number(rule) ? [`${at} has too few items`] : [];
      case "maxItems":
        return Array.isArray(value) && value.length > Number(rule) ? [`${at} has too many items`] : [];
      case "minimum":
        return typeof value === "number" && value < Number(rule) ? [`${at} is too small`] : [];
      case "maximum":
        return typeof value === "number" && value > Number(rule) ? [`${at} is too large`] : [];
      case "minLength":
        return typeof value === "string" && value.length < Number(rule) ? [`${at} is too short`] : [];
      case "maxLength":
        return typeof value === "string" && value.length > Number(rule) ? [`${at} is too long`] : [];
      default:
        throw new Error(`Teach misfitsOf() what ${JSON.stringify(word)} means.`);
    }
  });
}

function fitsType(value: Json, rule: Json | undefined): boolean {
  const types = [rule].flat();
  return types.includes(typeOf(value)) || (types.includes("integer") && Number.isInteger(value));
}

function resolved(ref: string, document: Json): Schema {
  const target = ref
    .replace(/^#\//, "")
    .split("/")
    .reduce<Json | undefined>((value, key) => (value as Schema | undefined)?.[key], document);
  if (target === undefined) throw new Error(`${ref} leads nowhere`);
  return target as Schema;
}
