import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'

const noSleep = 'Nothing sleeps: wait for what should be true with eventually() of lib/eventually.ts.'

/** What one file has to itself; whoever else wants it goes through that file. */
const owned = {
  zx: { name: 'zx', message: 'Commands are run by run() of lib/run.ts, whose errors name the command.' },
  pRetry: { name: 'p-retry', message: 'Waits are eventually() of lib/eventually.ts.' },
  timers: {
    name: 'node:timers/promises',
    importNames: ['setTimeout', 'setInterval', 'scheduler'],
    message: noSleep,
  },
}
const kubernetesClient = {
  name: '@kubernetes/client-node',
  allowTypeImports: true,
  message:
    'It takes a second to load: only clients/kubernetes.ts and kubeContext.ts do, and only when it is needed.',
}

/** Data goes one way: a folder imports from those before it. */
const layers = [
  'lib',
  'config',
  'clients',
  'diagnosis',
  'setup',
  'specs',
  'report',
  'faults',
  'recordings',
  'upgrade',
  'drills',
  'commands',
]

/** What the files of a folder may not import: packages that one file owns, and the folders after it. */
const imports = (paths, folder) => [
  'error',
  {
    paths: [...paths, kubernetesClient],
    patterns: layers.slice(layers.indexOf(folder) + 1).map((later) => ({
      // tests/recordings is no such folder.
      regex: `^\\.\\.?/(?!(.*/)?tests/)(.*/)?${later}/`,
      message: `Data goes one way: ${layers.join(', ')}.`,
    })),
  },
]

const syntax = {
  class: {
    selector: 'ClassExpression, ClassDeclaration:not([superClass.name=/Error$/])',
    message: 'Functions and plain values; only errors are classes.',
  },
  state: {
    selector:
      'Program > VariableDeclaration[kind="let"], Program > ExportNamedDeclaration > VariableDeclaration[kind="let"]',
    message: 'A module holds no state: pass it as a value.',
  },
  dynamicImport: {
    selector: 'ImportExpression',
    message: 'Import at the top; only clients/kubernetes.ts and kubeContext.ts have a reason to load late.',
  },
}

export default defineConfig(
  { ignores: ['out/', '.cache/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-definitions': ['error', 'type'],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // Messages show what was seen, and "undefined" is what was seen where Kubernetes leaves a field out.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowNullish: true },
      ],
      // Labels and environment variables are data, not members.
      '@typescript-eslint/dot-notation': ['error', { allowIndexSignaturePropertyAccess: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-empty-function': ['error', { allow: ['arrowFunctions'] }],
      // An empty text is no text: what CI systems pass for an input that was left blank.
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }],
      // `async` makes a rejection of what is thrown, and fits a type that wants a promise.
      '@typescript-eslint/require-await': 'off',
      // The Kubernetes client types its objects as classes; those from YAML and in tests are plain.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true, named: true } }],
      'no-restricted-globals': [
        'error',
        {
          checkGlobalObject: true,
          globals: ['setTimeout', 'setInterval'].map((name) => ({ name, message: noSleep })),
        },
      ],
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message: 'The environment is read once, by loadConfig() of config/config.ts; pass its values on.',
        },
      ],
      'no-restricted-syntax': ['error', ...Object.values(syntax)],
    },
  },

  // The order of the folders, and the owners of packages.
  ...layers.map((folder) => ({
    files: [`${folder}/**`],
    rules: { '@typescript-eslint/no-restricted-imports': imports(Object.values(owned), folder) },
  })),
  {
    files: ['lib/run.ts'],
    rules: { '@typescript-eslint/no-restricted-imports': imports([owned.pRetry, owned.timers], 'lib') },
  },
  {
    files: ['lib/eventually.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': imports([owned.zx, owned.timers], 'lib'),
      'no-restricted-globals': 'off',
    },
  },
  // These sample at a fixed interval for as long as something else runs: no wait.
  { files: ['upgrade/probes.ts', 'upgrade/drops.ts'], rules: { 'no-restricted-globals': 'off' } },
  {
    files: ['clients/{kubernetes,kubeContext}.ts'],
    rules: { 'no-restricted-syntax': ['error', syntax.class, syntax.state] },
  },

  // The processes that start with an environment: main programs, and the app in its pod, which has nothing of ours.
  {
    files: ['manifests/app/**'],
    rules: {
      '@typescript-eslint/no-restricted-imports': imports([owned.zx, owned.pRetry], 'manifests'),
      'no-restricted-globals': 'off',
    },
  },
  {
    files: [
      'vitest.config.ts',
      'setup/global.ts',
      'commands/*.ts',
      'report/{reporter,live}.ts', // GITHUB_STEP_SUMMARY; CI and TERM
      'specs/overlay.spec.ts', // E2E_OVERLAY
      'specs/support/claim.ts', // VITEST_POOL_ID: whether vitest reads the specs
      'manifests/app/**',
      'manifests/manifests.test.ts', // PATH, for what runs in a container
    ],
    rules: { 'no-restricted-properties': 'off' },
  },

  // Vitest's own interface is added to.
  {
    files: ['setup/global.ts', 'specs/support/claim.ts'],
    rules: { '@typescript-eslint/consistent-type-definitions': 'off' },
  },
  // Vitest wants a default export, polka has one; expect.any() and its like are `any`.
  { files: ['*.config.ts', '**/*.d.ts'], rules: { 'no-restricted-exports': 'off' } },
  {
    files: ['**/*.test.ts', 'specs/*.spec.ts'],
    rules: { '@typescript-eslint/no-unsafe-assignment': 'off' },
  },
)
