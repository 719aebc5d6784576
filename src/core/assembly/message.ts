/** The message of a batch that a callback is about: whose sender the host may ask for. */
export let message: u32 = 0;

@inline
export function setMessage(number: u32): void {
  message = number;
}

export function currentMessage(): u32 {
  return message;
}
