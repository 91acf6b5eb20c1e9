export interface ServerSentEvent {
  event: string;
  data: unknown;
}

/** All events of an answer, to its end; comments are passed over. Written from the specification, not from our own writer. */
export async function eventsOf(response: Response): Promise<ServerSentEvent[]> {
  const blocks = (await response.text()).split(/\r\n\r\n|\n\n|\r\r/);
  return blocks.flatMap((block) => {
    const fields = block.split(/\r\n|\n|\r/).filter((line) => line !== '' && !line.startsWith(':'));
    if (fields.length === 0) return [];
    const valueOf = (name: string): string =>
      fields
        .filter((line) => line.startsWith(`${name}:`))
        .map((line) => line.slice(name.length + 1).replace(/^ /, ''))
        .join('\n');
    return [{ event: valueOf('event') || 'message', data: JSON.parse(valueOf('data')) as unknown }];
  });
}
