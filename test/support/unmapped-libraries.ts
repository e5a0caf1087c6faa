/** A Vite plugin: libraries have no source maps, which would be half of what every runtime loads that runs test files. */
export function unmappedLibraries() {
  return {
    name: "unmapped-libraries",
    enforce: "post" as const,
    transform(code: string, id: string) {
      if (!id.includes("/node_modules/")) return;
      // Vite would keep the map of a module that is not changed.
      return { code: `${code}\n`, map: { mappings: "" as const } };
    },
  };
}
