// Which file belongs to which layer, and that imports point down only, types included; circles are errors. See core/INTERNALS.md, "Layers".

/** From the bottom up; a layer may import itself and what stands before it. Paths are patterns from the root of the repository. */
export const layers = [
  ['base', '^core/base/'],
  ['mail', '^core/mail/'],
  ['store', '^core/store/'],
  ['contract', '^core/contract/'],
  ['plugin.ts', '^core/plugin\\.ts$'],
  ['engine', '^core/engine/'],
  ['plugins', '^plugins/'],
  ['edge', '^core/edge/'],
  ['app', '^core/app/'],
  ['scenario', '^core/scenario/'],
  ['cli', '^core/cli/'],
  ['main', '^core/(main\\.ts|postern\\.mjs|start-up\\.mjs|link-node\\.mjs)$'],
]

/** The engine and the plugins stand side by side: neither imports the other. */
const beside = { engine: ['plugin.ts'], plugins: layers.map(([name]) => name).filter((name) => name !== 'plugin.ts' && name !== 'plugins') }

/** What a layer must not import: what stands above it, and what stands beside it. */
const forbiddenTo = (name, at) =>
  [...layers.slice(at + 1), ...layers.filter(([other]) => beside[name]?.includes(other))].map(([, path]) => path)

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...layers.slice(0, -1).map(([name, path], at) => ({
      name: `layer-${name}`,
      comment: `${name} imports only itself and the layers below it`,
      severity: 'error',
      from: { path },
      to: { path: forbiddenTo(name, at) },
    })),
    {
      name: 'plugins-apart',
      comment: 'plugins hear events and order actions; they never import one another',
      severity: 'error',
      from: { path: '^plugins/([^/]+)/' },
      to: { path: '^plugins/', pathNot: '^plugins/$1/' },
    },
    {
      name: 'no-circle',
      comment: 'files must not import each other in a circle, types included',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-tests',
      comment: 'what is shipped imports no tests',
      severity: 'error',
      from: { path: '^(core|plugins)/' },
      to: { path: '^(test|examples)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.mjs', '.js'], exportsFields: ['exports'], conditionNames: ['import', 'types'] },
  },
}
