package fetch

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Time limits of a download. An offline machine must fall through to the next source within seconds;
// a slow one may take as long as it likes while bytes keep coming.
const (
	connectTimeout = 3 * time.Second
	headerTimeout  = 10 * time.Second
	stallTimeout   = 30 * time.Second
)

var errStalled = errors.New("no byte came for too long")

var httpClient = &http.Client{Transport: &http.Transport{
	Proxy:                 http.ProxyFromEnvironment,
	DialContext:           (&net.Dialer{Timeout: connectTimeout}).DialContext,
	TLSHandshakeTimeout:   connectTimeout,
	ResponseHeaderTimeout: headerTimeout,
	ForceAttemptHTTP2:     true,
}}

// GzipMirrors is the source of a set whose files lie, each compressed as name.gz, under one of
// several addresses. A mirror that fails is left for the next; complete files stay.
func GzipMirrors(bases ...string) Source {
	return Source{Name: "https", Fetch: func(ctx context.Context, j *Job) error {
		return EachMirror(ctx, j, bases, func(ctx context.Context, base string) error {
			return j.PutEach(func(name string) (io.ReadCloser, error) {
				return openGzip(Get(ctx, base+name+".gz"))
			})
		})
	}}
}

// EachMirror tries fetch on one address after the other until one succeeds.
func EachMirror(ctx context.Context, j *Job, addresses []string,
	fetch func(ctx context.Context, address string) error) error {
	if j.Offline {
		return ErrNotHere
	}
	var errs []error
	for _, address := range addresses {
		err := fetch(ctx, address)
		if err == nil || errors.As(err, new(cacheError)) {
			return err
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Get opens an address for reading. The body fails when it stalls or ends before its stated length.
func Get(ctx context.Context, address string) (io.ReadCloser, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		cancel(nil)
		return nil, err
	}
	response, err := httpClient.Do(request)
	if err != nil {
		cancel(nil)
		var inner *url.Error
		if errors.As(err, &inner) { // it repeats the whole address; the host is enough
			err = inner.Err
		}
		return nil, fmt.Errorf("%s: %w", request.URL.Host, err)
	}
	if response.StatusCode != http.StatusOK {
		response.Body.Close()
		cancel(nil)
		return nil, fmt.Errorf("%s answers %s", address, response.Status)
	}
	b := &stallingBody{ReadCloser: response.Body, ctx: ctx, cancel: cancel, limit: stallTimeout}
	b.timer = time.AfterFunc(b.limit, func() { cancel(errStalled) })
	return b, nil
}

// stallingBody gives up a transfer in which nothing arrives for limit.
type stallingBody struct {
	io.ReadCloser
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
	limit  time.Duration
}

func (b *stallingBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		b.timer.Reset(b.limit)
	}
	if err != nil && err != io.EOF {
		if cause := context.Cause(b.ctx); cause != nil {
			err = cause
		}
	}
	return n, err
}

func (b *stallingBody) Close() error {
	b.timer.Stop()
	err := b.ReadCloser.Close()
	b.cancel(nil)
	return err
}

// openGzip wraps an opened stream, or passes on the error of opening it.
func openGzip(r io.ReadCloser, err error) (io.ReadCloser, error) {
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(r)
	if err != nil {
		r.Close()
		return nil, err
	}
	return &gzipFile{Reader: z, file: r}, nil
}

type gzipFile struct {
	*gzip.Reader
	file io.Closer
}

func (g *gzipFile) Close() error { return errors.Join(g.Reader.Close(), g.file.Close()) }
