package outbound

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

// An address is public unless it lies in a network that is private, reserved or local, in whichever form it is written.
func TestPublic(t *testing.T) {
	for _, c := range []struct {
		addresses string
		public    bool
	}{
		{"1.1.1.1 8.8.8.8 172.15.0.1 172.32.0.1 100.63.255.255 192.167.255.255 169.253.0.1", true},
		{"2606:4700::1111 2a01:e0a::1", true},
		{"::ffff:1.1.1.1 64:ff9b::101:101", true}, // IPv4 in other clothes
		{"127.0.0.1 127.255.255.254 0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1", false},
		{"169.254.169.254 169.254.170.2 100.64.0.1 100.100.100.200 192.0.0.192 198.18.0.1 224.0.0.1", false},
		{"240.0.0.1 255.255.255.255", false},
		{"::1 :: fe80::1 fe80::1%eth0 fc00::1 fd00:ec2::254 fec0::1 ff02::1 2001:db8::1 2002:7f00:1::", false},
		{"2001::1 100::1 4000::1", false},
		{"::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::127.0.0.1 64:ff9b::7f00:1", false},
		{"64:ff9b::a9fe:a9fe 64:ff9b:1::7f00:1", false},
	} {
		for s := range strings.FieldsSeq(c.addresses) {
			if Public(netip.MustParseAddr(s)) != c.public {
				t.Errorf("%s: public is %t", s, !c.public)
			}
		}
	}

	if Public(netip.Addr{}) {
		t.Error("no address is public")
	}
}

// ask sends a request and returns the body of its answer, or why there is none.
func ask(t *testing.T, client *http.Client, url string) (string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}

	answer, err := client.Do(r)
	if err != nil {
		return "", err
	}
	defer func() { _ = answer.Body.Close() }()

	body, err := io.ReadAll(answer.Body)
	return string(body), err
}

// An address inside, or of another scheme, is not asked. Nothing listens there: a client that tried would fail
// otherwise.
func TestInsideIsNotAsked(t *testing.T) {
	for _, c := range []struct {
		url  string
		want error
	}{
		// Other schemes.
		{"http://example.org/", ErrScheme},
		{"file:///etc/passwd", ErrScheme},
		{"ftp://example.org/", ErrScheme},

		// Inside: this machine, the network around it and the metadata of its host.
		{"https://127.0.0.1:1/", ErrAddress},
		{"https://[::1]:1/", ErrAddress},
		{"https://[::ffff:127.0.0.1]:1/", ErrAddress},
		{"https://10.0.0.1/", ErrAddress},
		{"https://169.254.169.254/latest/meta-data/", ErrAddress},
		{"https://[::ffff:a9fe:a9fe]/", ErrAddress},
		{"https://0.0.0.0:1/", ErrAddress},
		{"https://localhost:1/", ErrAddress}, // a name that means an address inside
	} {
		if _, err := ask(t, Client(false), c.url); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.url, err, c.want)
		}
	}
}

// It does not matter what address a name had when it was looked up: what counts is that of the connection.
func TestNamesThatMeanSomethingElse(t *testing.T) {
	inside := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "secret")
	}))
	defer inside.Close()

	client := Client(false)
	transport := client.Transport.(bounded).next.(*http.Transport)
	dial := transport.DialContext
	// A resolver that lies: whatever the name, the connection goes inside.
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return dial(ctx, network, inside.Listener.Addr().String())
	}

	if body, err := ask(t, client, "https://id.example.org/"); !errors.Is(err, ErrAddress) {
		t.Errorf("%q, %v", body, err)
	}
}

// A client that may go inside reads an answer up to its limit, and follows no redirection.
func TestPrivateIsAskedWhenAllowed(t *testing.T) {
	inside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, "/", http.StatusTemporaryRedirect)
		case "/long":
			_, _ = w.Write(make([]byte, maxAnswer+1))
		case "/just":
			_, _ = w.Write(make([]byte, maxAnswer))
		default:
			_, _ = io.WriteString(w, "hello")
		}
	}))
	defer inside.Close()

	client := Client(true)

	if body, err := ask(t, client, inside.URL); err != nil || body != "hello" {
		t.Errorf("%q, %v", body, err)
	}
	if body, err := ask(t, client, inside.URL+"/just"); err != nil || len(body) != maxAnswer {
		t.Errorf("%d bytes, %v", len(body), err)
	}
	if body, err := ask(t, client, inside.URL+"/long"); !errors.Is(err, ErrTooLong) || len(body) != maxAnswer {
		t.Errorf("%d bytes, %v", len(body), err)
	}
	if _, err := ask(t, client, inside.URL+"/away"); !errors.Is(err, ErrRedirect) {
		t.Errorf("a redirect: %v", err)
	}
	if _, err := ask(t, client, "file:///etc/passwd"); !errors.Is(err, ErrScheme) {
		t.Errorf("a file: %v", err)
	}
	client.CloseIdleConnections()
}
