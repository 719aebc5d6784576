/**
 * What the YAML library says is wrong, without the piece of text that it quotes at the end of some messages: broken
 * indentation makes such a piece of whatever stands there, a password or a private key too.
 */
export function yamlProblem({ message }: Error): string {
  return message.replace(/(?<=\S): [^]*$/, "");
}
