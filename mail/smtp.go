package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// patience is for all that a mail server does with one mail, nearly: for the greeting and signing in, then for the
// mail.
const patience = 30 * time.Second

// viaSMTP sends by a server, over a connection for each mail.
type viaSMTP struct {
	from     *mail.Address
	host     string
	port     int
	user     string
	password string
	implicit bool // TLS from the first byte
	policy   gomail.TLSPolicy
	trust    *tls.Config // nil: the system's
	patience time.Duration
}

// mechanisms are the ways to sign in, the best first. A password in clear is only sent over TLS, or to this machine.
var mechanisms = []gomail.SMTPAuthType{
	gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthSCRAMSHA1, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin,
}

// openSMTP makes the sender of a URL with the scheme smtp or smtps. Its errors name no password.
func openSMTP(u *url.URL, from *mail.Address) (*viaSMTP, error) {
	s := &viaSMTP{
		from: from, host: u.Hostname(), user: u.User.Username(), policy: gomail.TLSMandatory, patience: patience,
	}
	s.password, _ = u.User.Password()

	port := "587"
	switch u.Scheme {
	case "smtps":
		port, s.implicit = "465", true
	case "smtp":
	default:
		return nil, fmt.Errorf("mail: %q is neither smtp, smtps nor file", u.Scheme)
	}

	if u.Port() != "" {
		port = u.Port()
	}
	var err error
	if s.port, err = strconv.Atoi(port); err != nil {
		return nil, errors.New("mail: the port is no number")
	}

	switch q := u.Query(); {
	case q.Get("tls") == "none" && s.user != "" && !onLoopback(s.host):
		return nil, errors.New("mail: a password is not sent without TLS")
	case len(q) == 0 && onLoopback(s.host):
		s.policy = gomail.TLSOpportunistic
	case len(q) == 0:
	case len(q) == 1 && q.Get("tls") == "none" && !s.implicit:
		s.policy = gomail.NoTLS
	default:
		return nil, errors.New("mail: the only parameter is tls=none, of smtp")
	}

	return s, nil
}

// onLoopback reports whether a host is this machine.
func onLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

// Send implements Sender.
func (s *viaSMTP) Send(ctx context.Context, m Message) error {
	msg, err := written(s.from, m)
	if err != nil {
		return err
	}

	ctx, hangUp := context.WithCancel(ctx)
	defer hangUp()

	client, err := s.client(ctx)
	if err != nil {
		return err
	}

	connection, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return fmt.Errorf("mail: reach the server: %w", err)
	}

	err = client.SendWithSMTPClient(connection, msg)
	_ = client.CloseWithSMTPClient(connection) // whatever it says, the mail is sent or not

	if msg.IsDelivered() {
		return nil
	}
	return refusal(err)
}

// client makes a client for one mail. When ctx ends, its connection is cut.
func (s *viaSMTP) client(ctx context.Context) (*gomail.Client, error) {
	options := []gomail.Option{
		gomail.WithPort(s.port), gomail.WithTimeout(s.patience), gomail.WithTLSPolicy(s.policy),
		gomail.WithTLSConfig(s.tls()),
		gomail.WithDialContextFunc(func(dialing context.Context, network, address string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(dialing, network, address)
			if err != nil {
				return nil, err
			}
			context.AfterFunc(ctx, func() { _ = conn.Close() })
			if !s.implicit {
				return conn, nil
			}
			over := tls.Client(conn, s.tls())
			return over, over.HandshakeContext(dialing)
		}),
	}

	if s.implicit {
		options = append(options, gomail.WithSSL())
	}
	if s.user != "" {
		options = append(options, gomail.WithUsername(s.user), gomail.WithPassword(s.password),
			gomail.WithOpportunisticSMTPAuth(mechanisms...))
	}
	return gomail.NewClient(s.host, options...)
}

// tls returns how the server's certificate is checked: by its name.
func (s *viaSMTP) tls() *tls.Config {
	c := &tls.Config{ServerName: s.host, MinVersion: tls.VersionTLS12}
	if s.trust != nil {
		c.RootCAs = s.trust.RootCAs
	}
	return c
}

// refusal returns the error for an answer of the server. The words of the answer may contain the address, so they are
// left out. Only what the answer says of the receiver or of the mail is final: all other failures may be repaired, and
// the mail is tried again.
func refusal(err error) error {
	failed, ok := errors.AsType[*gomail.SendError](err)
	if !ok {
		return errors.New("mail: the server went away")
	}

	r := &Refused{Doing: "talking", Code: failed.ErrorCode()}
	ofTheMail := true

	switch failed.Reason {
	case gomail.ErrSMTPRcptTo:
		r.Doing = "naming the receiver"
	case gomail.ErrSMTPDataClose:
		r.Doing = "taking the mail"
	case gomail.ErrSMTPMailFrom:
		r.Doing, ofTheMail = "naming the sender", false
	default:
		ofTheMail = false
	}

	r.permanent = ofTheMail && r.Code >= 500
	return r
}
