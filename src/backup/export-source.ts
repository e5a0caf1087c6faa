/** What a backup is made from: exports of one database, which are started, polled, and read when they have ended. */
export interface ExportSource {
  database(): Promise<{ uuid: string; name: string }>;
  /** @returns The id that the export is polled with. */
  startExport(): Promise<string>;
  pollExport(id: string): Promise<ExportState>;
}

/** How far an export is. */
export type ExportState =
  | { state: "active" }
  | { state: "complete"; file: ExportedFile }
  /** It has failed, or nobody knows it any more. */
  | { state: "failed"; problem: string };

/** The file of an export that has ended. A D1 tells nothing of it. */
export interface ExportedFile {
  /** The state that it has, as the database words it. */
  bookmark?: string | undefined;
  /** When the database had that state, ISO 8601. */
  takenAt?: string | undefined;
  tables?: { name: string; rows: number }[] | undefined;
  /** Undefined: it is no longer there. */
  open(): Promise<OpenFile | undefined>;
}

export interface OpenFile {
  body: ReadableStream<Uint8Array>;
  /** Bytes, where that is known. */
  length: number | undefined;
}
