import { ApiError, type D1Api } from "./d1-api.ts";
import type { ExportSource, ExportState, OpenFile } from "./export-source.ts";

/** The exports of a database behind D1's REST API. */
export class ApiExports implements ExportSource {
  readonly #api: D1Api;
  readonly #accountId: string;
  readonly #databaseId: string;

  constructor(api: D1Api, accountId: string, databaseId: string) {
    this.#api = api;
    this.#accountId = accountId;
    this.#databaseId = databaseId;
  }

  database() {
    return this.#api.database(this.#accountId, this.#databaseId);
  }

  startExport(): Promise<string> {
    return this.#api.startExport(this.#accountId, this.#databaseId);
  }

  async pollExport(atBookmark: string): Promise<ExportState> {
    try {
      const answer = await this.#api.pollExport(this.#accountId, this.#databaseId, atBookmark);
      if (answer.state !== "complete") return answer;
      const { signed_url, bookmark, taken_at: takenAt, tables } = answer.file;
      return {
        state: "complete",
        file: { bookmark, takenAt, tables, open: () => this.#download(signed_url) },
      };
    } catch (error) {
      // The object has restarted, or D1 has given the export up.
      if (error instanceof ApiError && error.status === 400)
        return { state: "failed", problem: error.message };
      throw error;
    }
  }

  async #download(signedUrl: string): Promise<OpenFile | undefined> {
    const response = await this.#api.download(signedUrl);
    return response && { body: response.body ?? new Blob([]).stream(), length: lengthOf(response) };
  }
}

/** Of what arrives; that of an encoded body is of something else. */
function lengthOf({ headers }: Response): number | undefined {
  const length = headers.get("content-length");
  return length === null || headers.has("content-encoding") ? undefined : Number(length);
}
