// Package serve is the pages of `amgen serve` over a folder of runs: a table of them, their curves and pictures,
// comparisons, and samples drawn. It writes into no run, and never takes the lock of one.
package serve

import (
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/netutil"
)

//go:embed static
var static embed.FS

// Server serves the pages.
type Server struct {
	folder *folder
	rows   *rows
	logs   logs
	guard  guard
	line   line
	live   atomic.Pointer[live] // of the request that is drawn, or was drawn last

	streams chan struct{} // taken by open streams of events
	work    chan struct{} // taken by requests that read many lines
	ctx     context.Context
	stop    context.CancelFunc
	open    sync.WaitGroup // of the streams
}

// Options say what a server allows.
type Options struct {
	// Token, if any, is asked of each client: a page is opened once with ?token=…, and a cookie keeps it.
	Token string
	// Hosts are the names by which clients may call the server, besides addresses and localhost.
	Hosts []string
}

// NewToken is a random token.
func NewToken() string { return rand.Text() }

// mostStreams is how many streams of events may be open. Each page that is looked at has one.
const mostStreams = 64

// New makes a server of the runs in a directory, or of a single run.
func New(dir string, o Options) (*Server, error) {
	f, err := openFolder(dir)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	return &Server{folder: f, rows: &rows{folder: f, known: map[string]knownRow{}},
		guard: guard{token: o.Token, hosts: o.Hosts}, streams: make(chan struct{}, mostStreams),
		work: make(chan struct{}, 2), ctx: ctx, stop: stop}, nil
}

// Handler serves pages, data and pictures.
func (s *Server) Handler() http.Handler {
	files, err := fs.Sub(static, "static")
	if err != nil {
		panic(err) // the folder is embedded
	}
	mux := http.NewServeMux()
	for page, file := range map[string]string{"/{$}": "index.html", "/run": "run.html", "/compare": "compare.html",
		"/draw": "draw.html"} {
		mux.HandleFunc("GET "+page, func(w http.ResponseWriter, q *http.Request) {
			w.Header().Set("Cache-Control", "no-cache")
			http.ServeFileFS(w, q, files, file)
		})
	}
	mux.Handle("GET /static/", http.StripPrefix("/static/", http.HandlerFunc(func(w http.ResponseWriter,
		q *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		http.ServeFileFS(w, q, files, q.URL.Path)
	})))
	mux.HandleFunc("GET /api/runs", s.list)
	mux.HandleFunc("GET /api/run", s.run)
	mux.HandleFunc("GET /api/curves", s.curves)
	mux.HandleFunc("GET /api/log", s.log)
	mux.HandleFunc("GET /api/compare", s.compare)
	mux.HandleFunc("GET /api/picture", s.picture)
	mux.HandleFunc("GET /api/events", s.events)
	mux.HandleFunc("GET /api/sources", s.sources)
	mux.HandleFunc("GET /api/source", s.source)
	mux.HandleFunc("POST /api/draw", s.draw)
	mux.HandleFunc("GET /api/drawing", s.watched)
	mux.HandleFunc("GET /api/drawn", s.drawn)
	return s.guard.protect(mux)
}

// Times that clients have, and bounds on what they send.
const (
	readTime, writeTime, idleTime = 10 * time.Second, 30 * time.Second, time.Minute
	headerBytes, connections      = 16 << 10, 256
)

// Serve serves until ctx is done. Then it closes all connections.
func (s *Server) Serve(ctx context.Context, on net.Listener) error {
	server := &http.Server{Handler: s.Handler(), ReadHeaderTimeout: readTime, ReadTimeout: readTime,
		WriteTimeout: writeTime, IdleTimeout: idleTime, MaxHeaderBytes: headerBytes,
		ErrorLog: quiet}
	stopped := make(chan error, 1)
	end := context.AfterFunc(ctx, func() {
		s.stop()
		soon, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := server.Shutdown(soon); err != nil {
			err = server.Close()
			stopped <- err
			return
		}
		stopped <- nil
	})
	err := server.Serve(netutil.LimitListener(on, connections))
	if end() { // it wasn't ctx that ended it
		s.stop()
		return fmt.Errorf("serve: %w", errors.Join(err, server.Close()))
	}
	return <-stopped
}

// Close ends all streams and waits for them.
func (s *Server) Close() error {
	s.stop()
	s.open.Wait()
	return s.folder.root.Close()
}
