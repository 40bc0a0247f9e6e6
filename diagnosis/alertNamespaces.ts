import { acceptsValue } from '../clients/alertMatchers.ts'
import type { QueryNode } from '../clients/prometheus.ts'

const label = 'namespace'
const none = ['']

type Node<Type extends QueryNode['type']> = Extract<QueryNode, Readonly<{ type: Type }>>
type Namespaces = readonly string[]

const isScalar = (node: QueryNode): boolean =>
  node.type === 'numberLiteral' ||
  node.type === 'stringLiteral' ||
  (node.type === 'call' && ['scalar', 'time', 'pi'].includes(node.func.name)) ||
  ((node.type === 'parenExpr' || node.type === 'unaryExpr') && isScalar(node.expr)) ||
  (node.type === 'binaryExpr' && isScalar(node.lhs) && isScalar(node.rhs))

/** The namespaces that absent() takes from an equality matcher of its selector. */
const ofAbsent = (arg: QueryNode | undefined): Namespaces => {
  const matchers = arg?.type === 'vectorSelector' || arg?.type === 'matrixSelector' ? arg.matchers : []
  return [matchers.find(({ name, type }) => name === label && type === '=')?.value ?? '']
}

const ofMatched = (
  { op, lhs, rhs, matching }: Node<'binaryExpr'>,
  of: (node: QueryNode) => Namespaces,
): Namespaces => {
  if (!matching) return of(isScalar(lhs) ? rhs : lhs)
  if (op === 'or') return [...of(lhs), ...of(rhs)]
  if (op === 'and' || op === 'unless') return of(lhs)
  const [many, one] = matching.card === 'one-to-many' ? [rhs, lhs] : [lhs, rhs]
  if (matching.card !== 'one-to-one') return of(matching.include.includes(label) ? one : many)
  return matching.labels.includes(label) === matching.on ? of(lhs) : none
}

/**
 * The values that the label `namespace` may have in the result of an expression, "" if it has none; empty if its metrics
 * have no series.
 * @param namespacesOf those of a metric's series
 * @see https://prometheus.io/docs/prometheus/latest/querying/operators/#vector-matching
 */
export const resultNamespaces = (
  expression: QueryNode,
  namespacesOf: (metric: string) => Namespaces,
): Namespaces => {
  const of = (node: QueryNode): Namespaces => {
    switch (node.type) {
      case 'numberLiteral':
      case 'stringLiteral':
        return none
      case 'vectorSelector':
      case 'matrixSelector':
        return namespacesOf(node.name).filter((value) =>
          node.matchers
            .filter(({ name }) => name === label)
            .every(({ type: operator, value: wanted }) => acceptsValue({ operator, value: wanted }, value)),
        )
      case 'subquery':
      case 'parenExpr':
      case 'unaryExpr':
        return of(node.expr)
      case 'aggregation': {
        const picks = ['topk', 'bottomk', 'limitk', 'limit_ratio'].includes(node.op)
        return picks || node.grouping.includes(label) !== node.without ? of(node.expr) : none
      }
      case 'binaryExpr':
        return ofMatched(node, of)
      case 'call': {
        if (node.func.name.startsWith('absent')) return ofAbsent(node.args[0])
        const vectors = node.args.filter((arg) => !isScalar(arg))
        return vectors.length > 0 ? vectors.flatMap(of) : none
      }
    }
  }
  return [...new Set(of(expression))]
}

/** The metrics that an expression selects by name. */
export const selectedMetrics = (node: QueryNode): readonly string[] => {
  switch (node.type) {
    case 'numberLiteral':
    case 'stringLiteral':
      return []
    case 'vectorSelector':
    case 'matrixSelector':
      return node.name === '' ? [] : [node.name]
    case 'subquery':
    case 'parenExpr':
    case 'unaryExpr':
    case 'aggregation':
      return selectedMetrics(node.expr)
    case 'binaryExpr':
      return [...selectedMetrics(node.lhs), ...selectedMetrics(node.rhs)]
    case 'call':
      return node.args.flatMap(selectedMetrics)
  }
}
