import { Random as SeededRandom } from "../../test/histories/random.ts";

/** Random numbers of a seed, also by Zipf's law: every contender gets the same sequence of calls. */
export class Random extends SeededRandom {
  readonly #zipfs = new Map<string, (random: Random) => number>();

  /** A rank of [1, size], which comes up with a probability in proportion to 1 / rank^alpha. */
  zipf(size: number, alpha: number): number {
    const key = `${size} ${alpha}`;
    let draw = this.#zipfs.get(key);
    if (draw === undefined) {
      draw = zipfian(size, alpha);
      this.#zipfs.set(key, draw);
    }
    return draw(this);
  }

  /** A key of [1, size] by Zipf's law. The popular ones lie scattered, not side by side on one page. */
  zipfKey(size: number, alpha: number): number {
    return scattered(this.zipf(size, alpha), size);
  }
}

/**
 * Draws by Zipf's law in constant time, whatever the size: rejection-inversion, W. Hörmann and G. Derflinger, "Rejection-inversion to
 * generate variates from monotone discrete distributions", 1996.
 */
function zipfian(size: number, alpha: number): (random: Random) => number {
  if (alpha === 0) return (random) => random.between(1, size);
  // The integral of x^-alpha, and its inverse; the logarithm at alpha = 1.
  const integral = (x: number) => (alpha === 1 ? Math.log(x) : (x ** (1 - alpha) - 1) / (1 - alpha));
  const inverse = (y: number) => (alpha === 1 ? Math.exp(y) : (1 + y * (1 - alpha)) ** (1 / (1 - alpha)));
  const lower = integral(1.5) - 1;
  const upper = integral(size + 0.5);
  const certain = 2 - inverse(integral(2.5) - 2 ** -alpha);
  return (random) => {
    for (;;) {
      const y = upper + random.next() * (lower - upper);
      const x = inverse(y);
      const rank = Math.min(size, Math.max(1, Math.round(x)));
      if (rank - x <= certain || y >= integral(rank + 0.5) - rank ** -alpha) return rank;
    }
  };
}

/** A bijection of [1, size] for any size that is no multiple of this prime, the millionth. */
export function scattered(rank: number, size: number): number {
  return 1 + ((rank * 15_485_863) % size);
}
