/**
 * The HTTP API of the running server, as any client would use it.
 */

/**
 * @typedef {object} ProcedureAnswer
 * @property {number} status
 * @property {number} ms
 * @property {any} result
 * @property {{ code: string, name: string, message: string, details?: any } | undefined} error
 */

/** What D1's REST route takes in place of an id: wrangler.toml's ACCOUNT_ID and DATABASE_NAME. */
const databasePath = "/client/v4/accounts/local/d1/database/d1-procedures";

export class ApiClient {
  #url;
  #token;

  /**
   * @param {string} url
   * @param {string} token
   */
  constructor(url, token) {
    this.#url = url;
    this.#token = token;
  }

  /**
   * Calls a procedure. A refusal is an answer, not an exception.
   *
   * @param {string} name
   * @param {unknown[]} args
   * @returns {Promise<ProcedureAnswer>}
   */
  async call(name, ...args) {
    const started = performance.now();
    const { status, body } = await this.#post(`/procedures/${name}`, args);
    const ms = Math.round(performance.now() - started);
    return { status, ms, result: body.result, error: body.errors[0] };
  }

  /**
   * Runs SQL, any number of statements as one transaction, through D1's REST route.
   *
   * @param {string} sql
   * @param {unknown[]} [params] For exactly one statement.
   * @returns {Promise<Record<string, any>[]>} The rows of the last statement.
   */
  async query(sql, params = []) {
    const { body } = await this.#post(`${databasePath}/query`, { sql, params });
    if (!body.success) throw new Error(`${body.errors[0]?.message}\nin: ${sql.trim().slice(0, 200)}`);
    return body.result.at(-1)?.results ?? [];
  }

  /**
   * @param {string} path
   * @param {unknown} body
   * @returns {Promise<{ status: number, body: any }>}
   */
  async #post(path, body) {
    const response = await fetch(this.#url + path, {
      method: "POST",
      headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    try {
      return { status: response.status, body: JSON.parse(text) };
    } catch {
      throw new Error(`POST ${path} answered ${response.status} with no JSON: ${text.slice(0, 200)}`);
    }
  }
}
