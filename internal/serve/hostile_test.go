package serve

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amgen/amgen/internal/listing"
	"github.com/amgen/amgen/run"
)

// secret is in files outside the folder, and in files inside that no page shows.
const secret = "the key is under the mat"

// hostileFolder has a run, links and a FIFO that lead outside, and a secret beside it.
func hostileFolder(t *testing.T) string {
	t.Helper()
	dir := runsFolder(t)
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "step-000009.png"), []byte(secret), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(filepath.Dir(dir), "secret"), filepath.Join(dir, "first", "secret")} {
		if err := os.WriteFile(path, []byte(secret), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	samples, reports := filepath.Join(dir, "first", "samples"), filepath.Join(dir, "first", "eval")
	report := filepath.Join(outside, "report.json")
	if err := os.WriteFile(report, []byte(`{"metric":"`+secret+`","value":1}`), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		os.Symlink(report, filepath.Join(reports, "report.json")),
		os.Symlink(filepath.Join(outside, "step-000009.png"), filepath.Join(samples, "step-000009.png")),
		os.Symlink(filepath.Join(outside, "step-000009.png"), filepath.Join(reports, "link.json")),
		os.Symlink(outside, filepath.Join(dir, "outside")),
		syscall.Mkfifo(filepath.Join(samples, "step-000010.png"), 0o644),
		syscall.Mkfifo(filepath.Join(reports, "fifo.json"), 0o644),
		os.Truncate(filepath.Join(samples, "step-000001.png"), pictureBytes+1), // sparse
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// say sends bytes as they are, and returns the status and the body of the answer.
func say(t *testing.T, address, text string) (status int, body string) {
	t.Helper()
	conn, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	// a server that has seen enough closes before it has read all
	if _, err := io.WriteString(conn, text); err != nil && !errors.Is(err, syscall.EPIPE) &&
		!errors.Is(err, syscall.ECONNRESET) {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, ""
	}
	defer answer.Body.Close()
	read, err := io.ReadAll(answer.Body)
	if err != nil {
		return answer.StatusCode, ""
	}
	return answer.StatusCode, string(read)
}

// TestHostileRequests: none of these is answered with a file, changes one, or leaves a goroutine.
func TestHostileRequests(t *testing.T) {
	dir := hostileFolder(t)
	address, end := served(t, dir, Options{})
	before := listing.Of(t, dir)
	host := "Host: " + address + "\r\n"
	get := func(path, headers string) string {
		return "GET " + path + " HTTP/1.1\r\n" + headers + "Connection: close\r\n\r\n"
	}
	picture := func(run, file string) string { return get("/api/picture?run="+run+"&file="+file, host) }
	for name, c := range map[string]struct {
		text string
		want string // the statuses that are right, 0 for a connection that is closed
	}{
		"another host":           {get("/api/runs", "Host: evil.example\r\n"), "421"},
		"another host, its port": {get("/api/runs", "Host: evil.example:80\r\n"), "421"},
		"an address elsewhere":   {get("/api/runs", "Host: 192.0.2.1\r\n"), "421"},
		"no host":                {"GET /api/runs HTTP/1.1\r\n\r\n", "400"},
		"two hosts":              {get("/api/runs", host+"Host: localhost\r\n"), "400"},
		"another origin":         {get("/api/runs", host+"Origin: http://evil.example\r\n"), "403"},
		"another port's origin":  {get("/api/runs", host+"Origin: http://127.0.0.1:1\r\n"), "403"},
		"no origin":              {get("/api/runs", host+"Origin: null\r\n"), "403"},
		"a picture of a page elsewhere": {get("/api/picture?run=first&file=step-000002.png",
			host+"Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n"), "403"},
		"above":                 {picture("..", "step-000002.png"), "404"},
		"above, encoded":        {picture("%2e%2e", "step-000002.png"), "404"},
		"above, encoded twice":  {picture("%252e%252e", "step-000002.png"), "404"},
		"above, overlong":       {picture("%c0%ae%c0%ae", "step-000002.png"), "404"},
		"above, by a backslash": {picture("first%5c..%5c..", "step-000002.png"), "404"},
		"through a run":         {picture("first/../first", "step-000002.png"), "404"},
		"an absolute path":      {picture("/etc", "step-000002.png"), "404"},
		"a NUL":                 {picture("first%00", "step-000002.png"), "404"},
		"a link to a folder":    {picture("outside", "step-000009.png"), "404"},
		"a link to a file":      {picture("first", "step-000009.png"), "404"},
		"a FIFO":                {picture("first", "step-000010.png"), "404"},
		"a sparse file":         {picture("first", "step-000001.png"), "404"},
		"another file":          {picture("first", "../secret"), "404"},
		"another file, encoded": {picture("first", "..%2f..%2fsecret"), "404"},
		"a page above":          {get("/static/../serve.go", host), "301 307 404"},
		"a page above, encoded": {get("/static/%2e%2e/%2e%2e/secret", host), "301 307 400 404"},
		"the file of a proxy":   {get("http://evil.example/api/runs", host), "421"},
		"a change":              {"POST /api/runs HTTP/1.1\r\n" + host + "Content-Length: 0\r\n\r\n", "405"},
		"a deletion":            {"DELETE /api/run?run=first HTTP/1.1\r\n" + host + "\r\n", "405"},
		"a huge body": {"POST /api/runs HTTP/1.1\r\n" + host + "Content-Length: 99999999999\r\n\r\n" +
			strings.Repeat("x", 1<<20), "413 0"},
		"a huge header": {get("/api/runs", host+"X: "+strings.Repeat("x", 1<<20)+"\r\n"), "431 0"},
		"a huge query":  {get("/api/runs?run="+strings.Repeat("x", 10000), host), "414"},
		"no HTTP":       {"\x16\x03\x01\x02\x00 hello\r\n\r\n", "400 0"},
		"many runs":     {get("/api/events?"+strings.Repeat("run=first&", 100), host), "400"},
		"no smoothing":  {get("/api/curves?run=first&smooth=NaN", host), "400"},
		"a form": {"POST /api/draw HTTP/1.1\r\n" + host + "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}",
			"415"},
		"a drawing from elsewhere": {"POST /api/draw HTTP/1.1\r\n" + host + "Origin: http://evil.example\r\n" +
			"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}", "403"},
		"a drawing by a link": {get("/api/draw?run=first", host), "405"},
		"a model of a path":   {get("/api/source?model=/etc/passwd", host), "422"},
		"much smoothing":      {get("/api/curves?run=first&smooth=1", host), "400"},
	} {
		t.Run(name, func(t *testing.T) {
			status, body := say(t, address, c.text)
			if !strings.Contains(" "+c.want+" ", fmt.Sprintf(" %d ", status)) || strings.Contains(body, secret) {
				t.Errorf("status %d, want %s: %.200q", status, c.want, body)
			}
		})
	}
	status, body := say(t, address, get("/api/run?run=first", host)) // its reports, but for the links and the FIFO
	if status != http.StatusOK || strings.Contains(body, secret) || !strings.Contains(body, `"reports_left_out":4`) {
		t.Errorf("status %d: %s", status, body)
	}
	status, body = say(t, address, get("/api/runs", host))
	if status != http.StatusOK || strings.Contains(body, secret) || !strings.Contains(body, "7 ± 0.5") {
		t.Errorf("status %d: %s", status, body)
	}
	if diff := cmp.Diff(before, listing.Of(t, dir)); diff != "" {
		t.Errorf("files changed:\n%s", diff)
	}
	end()
}

// served is a server on a port, as the command has it. end ends it, and fails the test if a goroutine is left.
func served(t *testing.T, dir string, o Options) (address string, end func()) {
	t.Helper()
	goroutines := runtime.NumGoroutine()
	on, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, on) }()
	return on.Addr().String(), func() {
		t.Helper()
		stop()
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("the server doesn't end")
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		for began := time.Now(); runtime.NumGoroutine() > goroutines; time.Sleep(20 * time.Millisecond) {
			if time.Since(began) > 5*time.Second {
				var stacks [1 << 16]byte
				t.Fatalf("%d goroutines are left of %d:\n%s", runtime.NumGoroutine(), goroutines,
					stacks[:runtime.Stack(stacks[:], true)])
			}
		}
	}
}

// TestManyStreams: of a hundred streams 64 are open, others are told to wait; when clients leave, places are free.
func TestManyStreams(t *testing.T) {
	address, end := served(t, runsFolder(t), Options{})
	request := "GET /api/events?run=first HTTP/1.1\r\nHost: " + address + "\r\n\r\n"
	count := func() (open, refused int, conns []net.Conn) {
		for range 100 {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			conns = append(conns, conn)
			fmt.Fprint(conn, request)
			answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
			switch {
			case err != nil:
				t.Fatal(err)
			case answer.StatusCode == http.StatusOK:
				open++
			case answer.StatusCode == http.StatusServiceUnavailable:
				refused++
			}
		}
		return open, refused, conns
	}
	open, refused, conns := count()
	if open != mostStreams || refused != 100-mostStreams {
		t.Errorf("%d streams are open and %d refused, want %d and %d", open, refused, mostStreams, 100-mostStreams)
	}
	for _, conn := range conns {
		_ = conn.Close()
	}
	time.Sleep(2 * lookEvery) // they are seen to have left
	if open, _, conns = count(); open != mostStreams {
		t.Errorf("after all left, %d can be opened", open)
	}
	end() // with all of them open
	for _, conn := range conns {
		_ = conn.Close()
	}
}

// TestToken: where others can reach the server, nothing is answered without the token, and a name must be known.
func TestToken(t *testing.T) {
	_, address := site(t, runsFolder(t), Options{Token: "T0KEN", Hosts: []string{"node7"}})
	ask := func(host, path, cookie string) (status int, header http.Header) {
		q, err := http.NewRequest(http.MethodGet, address+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		q.Host = host
		if cookie != "" {
			q.AddCookie(&http.Cookie{Name: cookieName, Value: cookie})
		}
		answer, err := http.DefaultTransport.RoundTrip(q)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		return answer.StatusCode, answer.Header
	}
	for _, c := range []struct {
		host, path, cookie string
		want               int
	}{
		{"node7:80", "/", "", 401}, {"node7:80", "/api/runs", "", 401}, {"node7:80", "/static/run.js", "wrong", 401},
		{"node7:80", "/?token=wrong", "", 401}, {"node7:80", "/?token=", "", 401},
		{"node7:80", "/?token=T0KEN", "", 303},
		{"node7:80", "/api/runs", "T0KEN", 200}, {"192.0.2.1", "/", "T0KEN", 200},
		{"[2001:db8::1]:80", "/", "T0KEN", 200},
		{"evil.example", "/?token=T0KEN", "", 421}, {"evil.example", "/", "T0KEN", 421},
	} {
		status, header := ask(c.host, c.path, c.cookie)
		if status != c.want {
			t.Errorf("%+v: status %d", c, status)
		}
		cookie := header.Get("Set-Cookie")
		if status == 303 && (header.Get("Location") != "/" || !strings.Contains(cookie, "HttpOnly")) {
			t.Errorf("the token leads to %v", header)
		} else if status != 303 && cookie != "" {
			t.Errorf("%+v: it gives %s", c, cookie)
		}
	}
}

// TestSlowReader: a client that reads nothing is left after a while.
func TestSlowReader(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes seconds")
	}
	dir := runsFolder(t)
	address, end := served(t, dir, Options{})
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "GET /api/runs HTTP/1.1\r\nHo") // and no more
	if err := conn.SetReadDeadline(time.Now().Add(readTime + 5*time.Second)); err != nil {
		t.Fatal(err)
	}
	next, leave := stream(t, "http://"+address+"/api/events?run=first")
	defer leave()
	next()
	if _, err := io.Copy(io.Discard, conn); err != nil {
		t.Errorf("half a header is waited for: %v", err)
	}
	time.Sleep(readTime / 4)
	touched := filepath.Join(dir, "first", run.StatsName)
	if err := os.Chtimes(touched, time.Now(), time.Now()); err != nil {
		t.Fatal(err)
	}
	next() // a stream lives longer than a request may take
	leave()
	end()
}
