// Ensemble serves a GraphQL API for writing a public roadmap together.
//
// Its commands are in usage. Settings are environment variables: see the README.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	redis "github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"ensemble/config"
	"ensemble/consultation"
	"ensemble/demo"
	"ensemble/limit"
	"ensemble/live"
	"ensemble/server"
	"ensemble/server/openid"
	"ensemble/server/wsframe"
	"ensemble/site"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "ensemble:", err)
		os.Exit(1)
	}
}

// usage is what help answers.
const usage = `ensemble [serve]                           serve the API
ensemble demo [-scale N]                   fill an empty database with a sample consultation, then serve
ensemble migrate                           bring the database to the newest schema
ensemble admin grant -reason TEXT EMAIL    make an account a site administrator; the reason is for the audit
ensemble admin revoke -reason TEXT EMAIL   take that away; never from the last one
ensemble admin list                        print the site administrators
ensemble health                            ask the server on this machine whether it runs; for container health checks
ensemble help                              say this

Settings are environment variables: see the README.
`

// order is what somebody wants the program to do, as the command line says it.
type order struct {
	command    string
	scale      int          // of the demo
	administer adminCommand // nil but for admin
}

// run reads the command and does it. What it does not understand it refuses before it opens, or migrates, anything.
func run(ctx context.Context, args []string, out, logs io.Writer) error {
	o, err := readOrder(args)
	if err != nil {
		return err
	}
	if o.command == "help" {
		_, err := io.WriteString(out, usage)
		return err
	}

	settings, err := config.Read(o.command == "demo")
	if err != nil {
		return err
	}
	if o.command == "health" {
		return health(ctx, settings.Addr)
	}

	logger := slog.New(server.WithContext(slog.NewJSONHandler(logs, nil)))
	service, store, err := site.Open(ctx, settings.DatabaseURL, logger)
	if err != nil {
		return err
	}
	defer func() {
		if err := store.Close(); err != nil {
			logger.Warn("close the database", slog.Any("error", err))
		}
	}()

	service.KeepEvents, service.Digests = settings.KeepEvents, settings.Digests
	service.Keeping, service.Terms = settings.Keeping, settings.Terms
	service.BaseURL = strings.TrimSuffix(settings.BaseURL.String(), "/")
	if service.Mailer, err = openMailer(settings, o.command == "demo", logger); err != nil {
		return err
	}

	switch o.command {
	case "migrate":
		return nil // Open has done it
	case "admin":
		return o.administer(ctx, service, out)
	case "demo":
		if err := demo.Fill(ctx, service, o.scale, out); err != nil {
			return err
		}
		if err := demo.Welcome(ctx, service, out, settings.Addr); err != nil {
			return err
		}
	}
	return serve(ctx, settings, service, logger)
}

// readOrder reads the command line; without a command it is serve.
func readOrder(args []string) (o order, err error) {
	o.command, o.scale = "serve", 1
	if len(args) > 0 {
		o.command, args = args[0], args[1:]
	}

	flags := flag.NewFlagSet("ensemble "+o.command, flag.ContinueOnError)
	if o.command == "demo" {
		flags.IntVar(&o.scale, "scale", 1, "how many times the sample's commitments, for load tests")
	}
	if err := flags.Parse(args); err != nil {
		return o, err
	}

	switch rest := flags.Args(); {
	case slices.Contains([]string{"help", "-h", "-help", "--help"}, o.command):
		o.command = "help"
	case o.command == "admin":
		o.administer, err = readAdmin(rest)
	case !slices.Contains([]string{"serve", "demo", "migrate", "health"}, o.command) || len(rest) > 0:
		err = fmt.Errorf("unknown command %q: use serve, demo, migrate, health, admin or help",
			strings.Join(append([]string{o.command}, rest...), " "))
	}
	return o, err
}

// openBroker returns the broker between the processes of a site. Those with the same public address belong together,
// whatever else is on their Redis.
func openBroker(settings config.Config, logger *slog.Logger) (live.Broker, error) {
	if settings.RedisURL == "" {
		return live.NewMemoryBroker(), nil
	}
	redis.SetLogger(redisLog{logger})
	return live.NewRedisBroker(settings.RedisURL, logger, live.RedisPrefix("ensemble:"+siteOf(settings.BaseURL)+":"))
}

// siteOf returns a site's address in one form, however it was typed.
func siteOf(u *url.URL) string {
	host, port := strings.ToLower(u.Hostname()), u.Port()
	if usual := map[string]string{"http": "80", "https": "443"}[u.Scheme]; port != "" && port != usual {
		host = net.JoinHostPort(host, port)
	}
	return host + strings.TrimRight(u.EscapedPath(), "/")
}

// openLimits opens the budgets, which all processes on one Redis share. From what is in Redis nobody can find out whose
// budgets these are, unless they know the address of the database, which all processes know.
func openLimits(settings config.Config, logger *slog.Logger) (*limit.Limits, error) {
	limits := limit.New(settings.Budgets)
	if settings.RedisURL == "" || settings.Unlimited {
		return limits, nil
	}
	options, err := live.ParseRedisURL(settings.RedisURL)
	if err != nil {
		return nil, err
	}
	return limits, limits.Share(options, settings.DatabaseURL, logger)
}

// openDocuments reads the list of a site that trusts no other documents; nil without one.
func openDocuments(file string) (*server.Documents, error) {
	if file == "" {
		return nil, nil
	}

	f, err := os.Open(file) // #nosec G304 -- the operator names it
	if err != nil {
		return nil, fmt.Errorf("ENSEMBLE_DOCUMENTS: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read

	documents, err := server.ReadDocuments(f)
	if err != nil {
		return nil, fmt.Errorf("ENSEMBLE_DOCUMENTS: %w", err)
	}

	return documents, nil
}

// redisLog has go-redis write what it would print on standard error; the broker reports its state itself.
type redisLog struct{ *slog.Logger }

func (l redisLog) Printf(ctx context.Context, format string, v ...any) {
	l.DebugContext(ctx, "redis client", slog.String("says", fmt.Sprintf(format, v...)))
}

// heapFloor is memory that is asked for and never touched, so it takes none. The collector waits until the heap has
// grown by as much again as what is in use: a small heap would be collected all the time. A larger floor costs idle
// sockets memory, since they then lie scattered among more that has gone.
const heapFloor = 16 << 20

// serve runs a process of the site until ctx ends: first requests under way finish, then what serves them stops.
func serve(ctx context.Context, settings config.Config, service *consultation.Service, logger *slog.Logger) error {
	floor := make([]byte, heapFloor)
	defer runtime.KeepAlive(floor)

	broker, err := openBroker(settings, logger)
	if err != nil {
		return err
	}
	var options []live.HubOption
	if settings.Compress {
		options = append(options, live.PackWith(wsframe.Deflate))
	}
	process := site.New(service, broker, options...)

	limits, err := openLimits(settings, logger)
	if err != nil {
		return err
	}
	defer func() { _ = limits.Close() }() // Redis has all that it needs to know

	if err := configure(process, settings, limits, logger); err != nil {
		return err
	}
	return process.Run(ctx, func(ctx context.Context) error { return listenAll(ctx, process.Server, settings, logger) })
}

// configure gives the server, and the rules behind it, the settings that only matter to requests.
func configure(process *site.Site, settings config.Config, limits *limit.Limits, logger *slog.Logger) (err error) {
	api, service := process.Server, process.Service
	api.Origins, api.Pages = settings.Origins, settings.Pages
	links, wrong := server.LinksOf(settings.Links)
	if wrong != "" {
		return fmt.Errorf("ENSEMBLE_LINKS: %q does not say where a kind of thing is shown", wrong)
	}
	api.Links = links
	api.SecureCookies = settings.BaseURL.Scheme == "https"
	api.DraftStatuses, api.Sockets.Compress = settings.HTTPDraft, settings.Compress
	api.Proxies = settings.Proxies
	api.MaxDepth, api.MaxCost, api.MaxTokens = settings.MaxDepth, settings.MaxCost, settings.MaxTokens
	api.MaxAnswer = settings.MaxAnswer << 10
	api.Sockets.PerAddress, api.Sockets.PerPerson = settings.PerAddress, settings.PerPerson
	api.Sockets.PersonQuestions, api.Sockets.AddressQuestions = settings.PersonQuestions, settings.AddressQuestions
	api.Sockets.Questions = settings.ProcessQuestions
	if api.Documents, err = openDocuments(settings.Documents); err != nil {
		return err
	}

	api.OpenID = openid.New(settings.BaseURL, settings.OpenID, service.Now, logger)
	service.Providers = api.OpenID.Public()

	if settings.Unlimited {
		logger.Warn("limits are off, so this server listens on loopback only", slog.String("addr", settings.Addr))
		api.Sockets.Unlimited()
		service.AllowRepeats = true
	} else {
		api.Limits, service.Limits, service.CommentPace = limits, limits, settings.CommentPace
	}
	return nil
}

// listenAll serves the API, and what operators ask for where that has an address, until ctx ends or one of them fails.
func listenAll(ctx context.Context, api *server.Server, settings config.Config, logger *slog.Logger) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return listen(ctx, api.HTTP(settings.Addr), settings, logger, api) })
	if settings.AdminAddr != "" {
		g.Go(func() error {
			admin := &http.Server{Addr: settings.AdminAddr, Handler: api.Admin(), ReadHeaderTimeout: 5 * time.Second}
			return listen(ctx, admin, settings, logger, nil)
		})
	}
	return g.Wait()
}

// listen serves until ctx ends; then it lets requests under way finish. For the API, whose connections come in at its
// door, it drains what is no request before.
func listen(
	ctx context.Context, s *http.Server, settings config.Config, logger *slog.Logger, api *server.Server,
) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.Addr)
	if err != nil {
		return err
	}

	if api != nil {
		listener = api.Door(listener)
	}

	logger.Info("listening", slog.String("addr", listener.Addr().String()))

	stopped := make(chan error, 1)
	go func() { stopped <- s.Serve(listener) }()

	select {
	case err := <-stopped:
		return err
	case <-ctx.Done():
	}

	logger.Info("stopping", slog.String("addr", s.Addr))
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), settings.DrainTime)
	defer cancel()

	if api != nil {
		api.Drain(limited, settings.DrainTime/2)
	}

	if err := s.Shutdown(limited); err != nil {
		return s.Close()
	}

	return nil
}

// health asks the server on this machine whether it runs.
func health(ctx context.Context, addr string) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return err
	}

	if host == "" {
		host = "127.0.0.1"
	}

	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/healthz", nil)
	if err != nil {
		return err
	}

	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()

	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the server answers %s", response.Status)
	}

	return nil
}
