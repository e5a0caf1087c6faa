/**
 * Compares without telling by its duration how much was right. The digests have one length, whatever the
 * texts have, so that the length of a secret does not show either.
 */
export async function isSameText(left: string, right: string): Promise<boolean> {
  const [leftDigest, rightDigest] = await Promise.all([sha256(left), sha256(right)]);
  return crypto.subtle.timingSafeEqual(leftDigest, rightDigest);
}

function sha256(text: string): Promise<ArrayBuffer> {
  return crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
}
