import { messageOf } from "../../errors.ts";
import { maxUploadBytes } from "../../limits.ts";
import { RestError } from "../d1-rest/rest-error.ts";

/**
 * Streams the body of a request into the bucket, whole or not at all.
 *
 * @param md5 What the body must have, 32 hex digits: R2 keeps nothing else under the key.
 * @throws RestError 411 without a length, 413 for too much, 400 for another MD5 or a body that breaks off.
 */
export async function storeUpload(
  bucket: R2Bucket,
  key: string,
  md5: string,
  request: Request,
): Promise<void> {
  const length = request.headers.get("content-length");
  // R2 must know the length beforehand. A number too large for the digits to be exact is too large anyway.
  if (length === null || !/^\d+$/.test(length)) {
    throw new RestError(411, 7400, "Send the file with its Content-Length.");
  }
  if (Number(length) > maxUploadBytes) {
    throw new RestError(413, 7400, `The file has ${length} bytes; the limit is ${maxUploadBytes}. Split it.`);
  }
  try {
    await bucket.put(key, request.body ?? "", { md5, httpMetadata: { contentType: "application/sql" } });
  } catch (error) {
    throw uploadFailed(error);
  }
}

/** R2 tells by words only what was wrong, with its own code in brackets. */
function uploadFailed(error: unknown): RestError {
  const message = messageOf(error);
  if (/^put: .*MD5/.test(message)) {
    return new RestError(400, 7400, "The file is not the one that was announced: its MD5 is another one.");
  }
  console.error("An upload failed:", message);
  return message.startsWith("put: ")
    ? new RestError(500, 7500, "The file could not be stored; try again.")
    : new RestError(400, 7400, "The upload broke off. Nothing was stored; try again.");
}
