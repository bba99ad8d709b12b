# Small, unprivileged, read-only root: everything that is written lies under /data. Mount your own /config/postern.yaml, with listeners on 0.0.0.0
# and the peers that may speak to them: the shipped one listens on the loopback only, which inside a container nobody else can reach.
# BASE: Debian with Node 24 and its npm (--build-arg BASE=).
#   docker run --read-only --cap-drop ALL --security-opt no-new-privileges -v postern:/data -v ./postern.yaml:/config/postern.yaml:ro -p 2525:2525 postern
ARG BASE=node:24-bookworm-slim
FROM ${BASE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
# No package needs a compiler or its install script. The image has its own Node; the one that npm brings along stays out.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && rm -rf node_modules/node-linux-* node_modules/.bin/node

FROM ${BASE}
ENV NODE_ENV=production STATE_DIRECTORY=/data POSTERN_CONFIG=/config/postern.yaml
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY package.json LICENSE README.md CHANGELOG.md ./
# What `postern --version` names: --build-arg COMMIT=$(git rev-parse --short=12 HEAD).
ARG COMMIT=
RUN [ -z "$COMMIT" ] || printf '{"commit":"%s"}\n' "$COMMIT" >build.json
COPY core ./core
COPY plugins ./plugins
COPY config /config
RUN mkdir /data && chown 10001:10001 /data
USER 10001:10001
VOLUME /data
EXPOSE 2525 2424 8025
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8025/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# PID 1 handles SIGTERM itself: it drains for up to 30 s and ends with 0.
STOPSIGNAL SIGTERM
CMD ["node", "--max-semi-space-size=4", "core/postern.mjs", "start"]
