// What has to be said to Node before anything is loaded. Plain JavaScript, as the program's entry is.
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'

// Threads strip the types of what they load in WebAssembly. V8 13.6 keeps compiled calls out of it in one cache for all threads, and the
// process dies there (WasmImportWrapperCache::Free) when a call is compiled again in one thread while another ends: so they never are.
setFlagsFromString('--wasm-wrapper-tiering-budget=1000000000')

// What was loaded once is stripped and compiled: a third of the start, and 20 MB. Beside the packages, which are replaced with it, and
// never in a folder that others may write to. Threads take the place from the environment. Where it cannot be written, all goes on without.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('../node_modules/.cache/postern', import.meta.url))
enableCompileCache()
