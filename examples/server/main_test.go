package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/amgen/amgen/internal/smallrun"
)

func serve(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(handler(smallrun.Open(t, nil)))
	t.Cleanup(s.Close)
	return s
}

func get(t *testing.T, ctx context.Context, url string) (int, []byte, error) {
	t.Helper()
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		return 0, nil, err
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	return a.StatusCode, text, err
}

// TestServer: eight clients at once get the pictures that each would get alone.
func TestServer(t *testing.T) {
	s := serve(t)
	url := func(seed int) string { return fmt.Sprintf("%s/picture?seed=%d&n=20", s.URL, seed) }
	var want [8][]byte
	for i := range want {
		code, text, err := get(t, t.Context(), url(i))
		if err != nil || code != http.StatusOK {
			t.Fatalf("%d, %v: %s", code, err, text)
		}
		if _, err := png.Decode(bytes.NewReader(text)); err != nil {
			t.Fatal(err)
		}
		want[i] = text
	}
	var clients sync.WaitGroup
	for i := range want {
		clients.Go(func() {
			if _, text, err := get(t, t.Context(), url(i)); err != nil || !bytes.Equal(text, want[i]) {
				t.Errorf("client %d got another picture (%v)", i, err)
			}
		})
	}
	clients.Wait()
	for query, want := range map[string]int{"n=0": 400, "n=x": 400, "seed=x": 400, "n=1": 200} {
		if code, text, err := get(t, t.Context(), s.URL+"/picture?"+query); code != want {
			t.Errorf("%s: %d (%v) %s", query, code, err, text)
		}
	}
}

// TestProgress: a client is told how far the work is, and one that leaves ends it.
func TestProgress(t *testing.T) {
	s := serve(t)
	_, text, err := get(t, t.Context(), s.URL+"/progress?seed=3&n=4")
	if err != nil || !strings.Contains(string(text), "event: share\ndata: 0.") ||
		!strings.HasSuffix(string(text), "event: done\ndata: /picture?seed=3&n=4\n\n") {
		t.Errorf("got %s (%v)", text, err)
	}
	began := time.Now()
	if code, _, err := get(t, t.Context(), s.URL+"/picture?n=4&seed=3"); code != http.StatusOK || time.Since(began) > time.Second {
		t.Errorf("the picture that was announced: %d (%v) after %v", code, err, time.Since(began))
	}
	ctx, leave := context.WithTimeout(t.Context(), time.Millisecond)
	defer leave()
	if _, _, err := get(t, ctx, s.URL+"/progress?n=256"); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if code, _, err := get(t, t.Context(), s.URL+"/picture?n=1"); code != http.StatusOK {
		t.Errorf("after a client has left: %d (%v)", code, err)
	}
}

// TestKept: only the last pictures are kept.
func TestKept(t *testing.T) {
	s := &server{drawn: map[string][]byte{}}
	for i := range 100 {
		s.keep(fmt.Sprint(i), []byte{byte(i)})
	}
	if len(s.drawn) != 64 || s.kept("35") != nil || !bytes.Equal(s.kept("99"), []byte{99}) {
		t.Errorf("%d pictures are kept, the oldest %v and the last %v", len(s.drawn), s.kept("35"), s.kept("99"))
	}
}
