interface ImportMeta {
  /** Vite's: the modules whose paths match, by path, loaded with that query. */
  glob<Module>(patterns: string[], options: { eager: true; query: string }): Record<string, Module>;
}
