package mail

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"mime"
	"net"
	"net/mail"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// office is a mail server that remembers the mails that it gets.
type office struct {
	mu      sync.Mutex
	letters []envelope
	refuse  map[string]error // by what it refuses: "from", "to", "data"
}

// envelope is a mail as it arrived.
type envelope struct {
	from, to, raw string
	tls           bool
	user          string
}

// NewSession begins a connection.
func (o *office) NewSession(c *smtp.Conn) (smtp.Session, error) {
	return &visit{office: o, conn: c}, nil
}

// visit is one connection. Its methods are what an smtp.AuthSession has.
type visit struct {
	*office
	conn *smtp.Conn
	env  envelope
}

func (v *visit) Reset()        { v.env = envelope{user: v.env.user} }
func (v *visit) Logout() error { return nil }

func (v *visit) AuthMechanisms() []string { return []string{sasl.Plain} }

func (v *visit) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if password != "secret word" {
			return smtp.ErrAuthFailed
		}
		v.env.user = user
		return nil
	}), nil
}

func (v *visit) Mail(from string, _ *smtp.MailOptions) error {
	v.env.from = from
	return v.refuse["from"]
}

func (v *visit) Rcpt(to string, _ *smtp.RcptOptions) error {
	v.env.to += to
	return v.refuse["to"]
}

// Data takes the text of a mail, which has arrived with that, unless it is refused.
func (v *visit) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}

	if v.refuse["data"] != nil {
		return v.refuse["data"]
	}

	_, v.env.tls = v.conn.TLSConnectionState()
	v.env.raw = string(raw)

	v.mu.Lock()
	defer v.mu.Unlock()
	v.letters = append(v.letters, v.env)
	return nil
}

// certificate returns a certificate for this machine, and the pool that trusts it.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)

	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}

	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	must(t, err)
	cert, err := x509.ParseCertificate(der)
	must(t, err)

	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// open runs a mail server until the test ends, and returns its address. With implicit TLS it speaks nothing but TLS.
func (o *office) open(t *testing.T, config *tls.Config, implicit bool) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	address := listener.Addr().String()

	s := smtp.NewServer(o)
	s.Domain, s.TLSConfig, s.AllowInsecureAuth, s.EnableSMTPUTF8 = "localhost", config, true, true
	if implicit {
		listener = tls.NewListener(listener, config)
		s.TLSConfig = nil
	}

	var served sync.WaitGroup
	served.Go(func() { _ = s.Serve(listener) })
	t.Cleanup(func() { _ = s.Close(); served.Wait() })
	return address
}

// sender is who sends the mails of these tests.
const sender = "Ensemble à Nîmes <no-reply@example.org>"

// sendTo makes a sender for a server, which trusts the certificates of a pool.
func sendTo(t *testing.T, address string, trust *x509.CertPool) *viaSMTP {
	t.Helper()
	opened, err := Open(address, sender)
	must(t, err)
	s := opened.(*viaSMTP)
	s.trust = &tls.Config{RootCAs: trust}
	return s
}

// hello returns a mail with what is hard to send: accents, a dot on a line of its own, and a line that begins with
// From.
func hello() Message {
	return Message{
		ID: "mail_01", To: "jeanne@example.org", Subject: "Confirmez votre adresse électronique",
		Body: "Bonjour,\n\nça va ?\n.\nFrom here\n",
		Headers: map[string]string{
			"List-Unsubscribe":      "<https://example.org/unsubscribe#x>",
			"List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
		},
	}
}

// A mail arrives whole, over TLS unless there is none to be had, and as the user of the URL.
func TestSMTP(t *testing.T) {
	cert, trust := certificate(t)
	config := &tls.Config{Certificates: []tls.Certificate{cert}}

	for _, c := range []struct {
		name, scheme, login, query string
		config                     *tls.Config
		tls                        bool
	}{
		{"STARTTLS", "smtp", "us%40er:secret%20word@", "", config, true},
		{"STARTTLS without signing in", "smtp", "", "", config, true},
		{"TLS from the first byte", "smtps", "us%40er:secret%20word@", "", config, true},
		{"on this machine, without TLS", "smtp", "us%40er:secret%20word@", "", nil, false},
		{"told to do without TLS", "smtp", "", "?tls=none", config, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := &office{}
			address := o.open(t, c.config, c.scheme == "smtps")
			must(t, sendTo(t, c.scheme+"://"+c.login+address+c.query, trust).Send(t.Context(), hello()))

			if len(o.letters) != 1 {
				t.Fatalf("%d arrived", len(o.letters))
			}
			got := o.letters[0]
			if got.tls != c.tls || (got.user == "us@er") != (c.login != "") ||
				got.from != "no-reply@example.org" || got.to != "jeanne@example.org" {
				t.Errorf("%+v", got)
			}

			arrivedWhole(t, got.raw)
		})
	}
}

// arrivedWhole fails the test unless a mail is the one of hello.
func arrivedWhole(t *testing.T, raw string) {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(raw))
	must(t, err)

	for name, want := range map[string]string{
		"From": "Ensemble à Nîmes <no-reply@example.org>", "To": "<jeanne@example.org>",
		"Subject":    "Confirmez votre adresse électronique",
		"Message-Id": "<mail_01@example.org>", "Auto-Submitted": "auto-generated",
		"List-Unsubscribe":      "<https://example.org/unsubscribe#x>",
		"List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
	} {
		got, err := (&mime.WordDecoder{}).DecodeHeader(m.Header.Get(name))
		if err != nil || got != want {
			t.Errorf("%s: %q, want %q (%v)", name, got, want, err)
		}
	}

	if _, err := m.Header.Date(); err != nil {
		t.Errorf("date: %v", err)
	}
	if kind := m.Header.Get("Content-Type"); kind != "text/plain; charset=UTF-8" {
		t.Errorf("it is %s", kind)
	}

	body, err := io.ReadAll(readerOf(m))
	must(t, err)
	if got := strings.ReplaceAll(string(body), "\r\n", "\n"); got != hello().Body {
		t.Errorf("it says %q", got)
	}
}

// A server that is not the one of the URL, or offers no TLS, gets no mail.
func TestSMTPWithoutTrust(t *testing.T) {
	cert, _ := certificate(t)
	config := &tls.Config{Certificates: []tls.Certificate{cert}}
	o := &office{}

	for _, s := range []*viaSMTP{
		sendTo(t, "smtp://"+o.open(t, config, false), x509.NewCertPool()),
		sendTo(t, "smtps://"+o.open(t, config, true), x509.NewCertPool()),
	} {
		if err := s.Send(t.Context(), hello()); err == nil || isPermanent(err) {
			t.Errorf("%v", err)
		}
	}

	plain := sendTo(t, "smtp://mail.example.org", nil)
	_, port, _ := net.SplitHostPort(o.open(t, nil, false))
	plain.host = "127.0.0.1" // as if the name of the URL led there
	plain.port = int(must2(net.LookupPort("tcp", port))(t))
	err := plain.Send(t.Context(), hello())
	if err == nil || !strings.Contains(err.Error(), "STARTTLS") || isPermanent(err) {
		t.Errorf("%v", err)
	}

	if len(o.letters) != 0 {
		t.Errorf("%d arrived", len(o.letters))
	}
}

// What a server says about the receiver or the mail is permanent when its code begins with 5. All other failures may
// pass. Neither the address nor the server's words are in the error, since it is logged.
func TestSMTPRefusals(t *testing.T) {
	no := func(code int) error { return &smtp.SMTPError{Code: code, Message: "jeanne@example.org is unwelcome"} }

	for _, c := range []struct {
		name      string
		refuse    map[string]error
		login     string
		permanent bool
	}{
		{"no such receiver", map[string]error{"to": no(550)}, "", true},
		{"a full box", map[string]error{"to": no(452)}, "", false},
		{"the text is unwelcome", map[string]error{"data": no(554)}, "", true},
		{"later", map[string]error{"data": no(451)}, "", false},
		{"we may not send", map[string]error{"from": no(550)}, "", false},
		{"wrong password", nil, "user:wrong@", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := &office{refuse: c.refuse}
			err := sendTo(t, "smtp://"+c.login+o.open(t, nil, false), nil).Send(t.Context(), hello())
			if err == nil || isPermanent(err) != c.permanent {
				t.Fatalf("%v", err)
			}

			private := regexp.MustCompile("jeanne|unwelcome|Confirmez")
			if private.MatchString(err.Error()) {
				t.Errorf("it tells: %v", err)
			}
			if len(o.letters) != 0 {
				t.Errorf("%d arrived", len(o.letters))
			}
		})
	}
}

// isPermanent says whether it is useless to send the same mail again.
func isPermanent(err error) bool {
	refused, ok := errors.AsType[*Refused](err)
	return ok && refused.Permanent()
}

// Whatever is put into a header, it ends no line, and the mail is refused for ever. The text may have any line.
func TestHeaderInjection(t *testing.T) {
	o := &office{}
	s := sendTo(t, "smtp://"+o.open(t, nil, false), nil)

	for name, change := range map[string]func(*Message){
		"subject":      func(m *Message) { m.Subject = "Hello\r\nBcc: all@example.org" },
		"subject, LF":  func(m *Message) { m.Subject = "Hello\nBcc: all@example.org" },
		"address":      func(m *Message) { m.To = "a@example.org\r\nBcc: all@example.org" },
		"two of them":  func(m *Message) { m.To = "a@example.org, b@example.org" },
		"with a name":  func(m *Message) { m.To = "A <a@example.org>" },
		"no address":   func(m *Message) { m.To = "a" },
		"header":       func(m *Message) { m.Headers["List-Unsubscribe"] = "<x>\r\nBcc: all@example.org" },
		"header name":  func(m *Message) { m.Headers["X\r\nBcc"] = "all@example.org" },
		"message id":   func(m *Message) { m.ID = "x>\r\nBcc: all@example.org" },
		"NUL":          func(m *Message) { m.Subject = "Hello\x00" },
		"SMTP command": func(m *Message) { m.To = "a@example.org>\r\nRCPT TO:<all@example.org" },
	} {
		m := hello()
		change(&m)
		if err := s.Send(t.Context(), m); !isPermanent(err) {
			t.Errorf("%s: %v", name, err)
		}
	}

	m := hello()
	m.Body = "\r\n.\r\nMAIL FROM:<evil@example.org>\r\n\r\nBcc: all@example.org\r\n"
	must(t, s.Send(t.Context(), m))
	if len(o.letters) != 1 || o.letters[0].to != m.To {
		t.Errorf("%+v", o.letters)
	}
}

// A server that says nothing is left when we have waited long enough, and when we must stop.
func TestSMTPHangs(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	s := sendTo(t, "smtp://"+listener.Addr().String(), nil)

	s.patience = 50 * time.Millisecond
	if err := s.Send(t.Context(), hello()); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("after a while: %v", err)
	}

	s.patience = time.Hour
	ctx, stop := context.WithCancel(t.Context())
	var conn net.Conn
	var left sync.WaitGroup
	left.Go(func() {
		for conn, err = listener.Accept(); err == nil; conn, err = listener.Accept() {
			if _, err := conn.Write([]byte("220 hello\r\n")); err != nil {
				continue // this is the connection of the first try, which has gone
			}
			if n, _ := conn.Read(make([]byte, 100)); n > 0 {
				stop() // the client has said EHLO, and waits for an answer

				_, _ = io.Copy(io.Discard, conn) // returns when the client leaves
				return
			}
		}
	})

	if err := s.Send(ctx, hello()); err == nil || isPermanent(err) {
		t.Errorf("when we stop: %v", err)
	}

	left.Wait()
	_ = conn.Close()
}

// Open refuses addresses that are none, that it does not know, or that would send a password without TLS.
func TestOpen(t *testing.T) {
	for address, ok := range map[string]bool{
		"smtp://mail.example.org":                        true,
		"smtp://user:password@mail.example.org:587":      true,
		"smtps://mail.example.org":                       true,
		"smtp://mail.example.org?tls=none":               true,
		"file:" + t.TempDir():                            true,
		"smtp://user:pass%25word@[::1]:25":               true,
		"smtp://user:password@127.0.0.1?tls=none":        true,
		"smtp://user:password@mail.example.org?tls=none": false,
		"smtps://mail.example.org?tls=none":              false,
		"smtp://mail.example.org?tls=maybe":              false,
		"smtp://mail.example.org?timeout=1":              false,
		"http://mail.example.org":                        false,
		"mail.example.org":                               false,
		"smtp://":                                        false,
		"":                                               false,
		"file:":                                          false,
		"smtp://user:%zz@mail.example.org":               false,
	} {
		_, err := Open(address, sender)
		if (err == nil) != ok {
			t.Errorf("%q: %v", address, err)
		}
		if err != nil && strings.Contains(err.Error(), "%zz") {
			t.Errorf("it tells the password: %v", err)
		}
	}

	for _, from := range []string{
		"", "Ensemble", "a@example.org, b@example.org", "a@example.org\r\nBcc: b@example.org",
	} {
		if _, err := Open("smtp://mail.example.org", from); err == nil {
			t.Errorf("from %q", from)
		}
	}
}
