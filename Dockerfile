# The pages.
FROM node:22-bookworm-slim AS web
WORKDIR /web
COPY web/package.json web/package-lock.json web/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY web ./
RUN npm run build

# The program, static.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=web /web/dist ./web/dist
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /ensemble . && mkdir /data

# Nothing but the program, as a user without rights. The SQLite file is in /data when no database is named.
FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /ensemble /ensemble
COPY --from=build --chown=nonroot:nonroot /data /data
ENV ENSEMBLE_DATABASE_URL=sqlite:/data/ensemble.db ENSEMBLE_ADDR=:8080
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["/ensemble", "health"]
ENTRYPOINT ["/ensemble"]
