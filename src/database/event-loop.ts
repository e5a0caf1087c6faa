/**
 * Resolves in the next turn of the event loop, when all microtasks have run dry. Also inside a physical
 * transaction, where a timer is no way to tell: timers fire strictly in the order in which they fall due, and
 * one that was started outside cannot fire before the transaction has ended. If one is overdue, a timer
 * started inside waits behind it, and whoever awaits that waits for himself until the runtime resets the
 * object. Reading a body is an event of its own, and needs no timer.
 */
export async function nextEventLoopTurn(): Promise<void> {
  await new Response("a body").text();
}
