type Labels = Readonly<Record<string, string>>
type Requirement = Readonly<{ key: string; operator: string; values?: readonly string[] }>

export type LabelSelector = Readonly<{
  matchLabels?: Labels
  matchExpressions?: readonly Requirement[]
}>

const meets = ({ key, operator, values = [] }: Requirement, labels: Labels): boolean => {
  const value = labels[key]
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    // Only in node affinity.
    case 'Gt':
      return Number(value) > Number(values[0])
    case 'Lt':
      return Number(value) < Number(values[0])
    default:
      throw new Error(`unknown label selector operator ${operator}`)
  }
}

export const matches = (
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
  labels: Labels = {},
): boolean =>
  Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
  matchExpressions.every((requirement) => meets(requirement, labels))

/** `app=shop, tier=front` */
export const describeLabels = (labels: Labels = {}): string =>
  Object.entries(labels)
    .map((label) => label.join('='))
    .join(', ')

const operators: Readonly<Record<string, string>> = {
  In: 'in',
  NotIn: 'not in',
  Exists: 'to exist',
  DoesNotExist: 'not to exist',
  Gt: 'above',
  Lt: 'below',
}

/** `kubernetes.io/hostname not in worker2, worker3` */
export const describeRequirement = ({ key, operator, values = [] }: Requirement): string =>
  [key, operators[operator] ?? operator, values.join(', ')].filter(Boolean).join(' ')
