/** A message of a WebSocket: what `exec` sends has the number of its channel in the first byte. */
export type Message = Readonly<{ opcode: number; data: Buffer }>

const lengthOf = (data: Buffer): Readonly<{ start: number; length: number }> => {
  const short = (data[1] ?? 0) & 0x7f
  if (short < 126) return { start: 2, length: short }
  if (short === 126) return { start: 4, length: data.length < 4 ? Infinity : data.readUInt16BE(2) }
  return { start: 10, length: data.length < 10 ? Infinity : Number(data.readBigUInt64BE(2)) }
}

/** The messages of a server, which come unmasked and, from the API server, in one frame each; an incomplete one is left out. */
export const readMessages = (data: Buffer): readonly Message[] => {
  if (data.length < 2) return []
  const { start, length } = lengthOf(data)
  if (data.length < start + length) return []
  return [
    { opcode: (data[0] ?? 0) & 0x0f, data: data.subarray(start, start + length) },
    ...readMessages(data.subarray(start + length)),
  ]
}

const header = (opcode: number, length: number): Buffer => {
  if (length < 126) return Buffer.from([0x80 | opcode, length])
  const long = Buffer.alloc(10)
  long.set([0x80 | opcode, 127])
  long.writeBigUInt64BE(BigInt(length), 2)
  return long
}

export const writeMessage = ({ opcode, data }: Message): Buffer =>
  Buffer.concat([header(opcode, data.length), data])

export const binary = 2
export const closing = 8
