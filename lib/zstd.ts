import { promisify } from 'node:util'
import { constants, zstdCompress, zstdDecompress, type InputType, type ZstdOptions } from 'node:zlib'

const [compress, decompress] = [promisify(zstdCompress), promisify(zstdDecompress)]

// Repeated text may be megabytes apart: in the dictionary, or in the other half of a pair.
const params: ZstdOptions['params'] = {
  [constants.ZSTD_c_compressionLevel]: 22,
  [constants.ZSTD_c_windowLog]: 25,
  [constants.ZSTD_c_enableLongDistanceMatching]: 1,
}

/** @param dictionary data that resembles this; unpacking needs it again */
export const pack = (data: InputType, dictionary?: Buffer): Promise<Buffer> =>
  compress(data, { params, ...(dictionary && { dictionary }) })

export const unpack = (data: Buffer, dictionary?: Buffer): Promise<Buffer> =>
  decompress(data, dictionary ? { dictionary } : {})
