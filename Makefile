# What people do with this repository. `make check` is what CI runs.

.PHONY: run test check long same generate fmt lint web build bench bench-live bench-attack fuzz up tools

run: build ## fills a SQLite file with the sample consultation and serves it at http://localhost:8080
	./ensemble demo

build: web ## the binary, with the pages when Node is there
	CGO_ENABLED=0 go build -trimpath -o ensemble .

web: ## the explorer and the home page, embedded in the binary
	@if command -v npm >/dev/null; then scripts/build-web; \
	else echo "Node 20.19 or 22.12 and newer is missing: the API will run, /explorer will say that it is not built."; fi

test: tools web ## every rule and page once, against private PostgreSQL and Redis servers and a browser
	scripts/test once

tools: ## on Debian as root, installs what tests need; elsewhere says what is missing
	@scripts/install-test-tools

check: tools web generate fmt same lint ## the gate: looks for races where goroutines meet, too, and samples long tests
	scripts/test sample

long: tools web ## everything, whole; prints the figures of docs/reliability.md
	scripts/test all

same: ## fails when generating or formatting changed the tree
	@git diff --exit-code -- . || { echo "make generate or gofmt changed the tree: commit the result."; exit 1; }
	@test -z "$$(git status --porcelain)" || { git status --short; echo "There are files that git does not know."; exit 1; }

generate: ## the ent client, the event types, then the executable schema
	go generate ./ent
	go run ./internal/eventtypes
	go tool gqlgen generate

fmt:
	gofmt -l -w $$(git ls-files '*.go' | grep -vE '^(ent/[^/]+\.go|ent/([^s/]|s[^c/])[^/]*/|graph/generated/|graph/model/|graph/event/)')

lint: ## vet, staticcheck, gosec, and govulncheck where its database can be reached
	scripts/lint

bench: build ## page and comment against raw SQL, in one run, as ratios
	go run ./bench

bench-live: ## live events against gqlgen's transport, raw sockets and Node, in one run, as ratios
	go run ./bench/live

bench-attack: ## what strangers may do to a server, what it costs, and what others notice of it
	go run ./bench/attack

fuzz: ## each fuzz target for a minute
	scripts/fuzz 60s

up: ## Ensemble, PostgreSQL and Redis in containers
	docker compose up --build
