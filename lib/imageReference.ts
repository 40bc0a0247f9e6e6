/** Where an image is: its registry, and its path there. */
export type Repository = Readonly<{ registry: string; repository: string }>

/** The full form of an image reference as pods write it; `reference` is its tag or digest. */
export const parseImage = (image: string): Repository & Readonly<{ reference: string }> => {
  const [, name = image, tag, digest] = /^(.+?)(?::([\w.-]+))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(image) ?? []
  const [first = '', ...rest] = name.split('/')
  const reference = digest ?? tag ?? 'latest'
  if (rest.length > 0 && /[.:]|^localhost$/.test(first))
    return { registry: first, repository: rest.join('/'), reference }
  return { registry: 'docker.io', repository: rest.length > 0 ? name : `library/${name}`, reference }
}

/** The full name of an image, by which references can be compared: pods write the same image in several ways. */
export const fullName = (image: string): string => {
  const { registry, repository, reference } = parseImage(image)
  const separator = reference.startsWith('sha256:') ? '@' : ':'
  return `${registry}/${repository}${separator}${reference}`
}
