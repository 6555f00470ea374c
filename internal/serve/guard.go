package serve

import (
	"crypto/subtle"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// quiet drops what the HTTP server says of clients that misbehave.
var quiet = log.New(io.Discard, "", 0)

// guard refuses requests that no page of the server makes.
type guard struct {
	token string
	hosts []string
}

const (
	cookieName = "amgen-token"
	// policy lets pages load from the server alone, and nothing that is written into them.
	policy = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
	// longestQuery bounds an address: some tens of names of runs.
	longestQuery = 8 << 10
	// bodyBytes bounds what a request sends: an image and its mask, see [mostSide].
	bodyBytes = 512 << 10
)

// protect answers only requests that are allowed, and says to browsers what the pages may do.
func (g guard) protect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if why, code := g.refusal(q); code != 0 {
			http.Error(w, why, code)
			return
		}
		if g.token != "" && !g.admits(w, q) {
			return
		}
		q.Body = http.MaxBytesReader(w, q.Body, bodyBytes)
		next.ServeHTTP(w, q)
	})
}

// refusal is why a request isn't answered, and the code of the answer; 0 for one that is.
func (g guard) refusal(q *http.Request) (why string, code int) {
	origin, site := q.Header.Get("Origin"), q.Header.Get("Sec-Fetch-Site")
	switch {
	case !g.knows(q.Host):
		return "This server isn't called by that name; open the address that it printed.", http.StatusMisdirectedRequest
	case origin != "" && origin != "http://"+q.Host:
		return "Pages of other origins may not ask.", http.StatusForbidden
	case site != "" && site != "same-origin" && site != "none" && q.Header.Get("Sec-Fetch-Mode") != "navigate":
		return "Pages of other sites may not ask.", http.StatusForbidden
	case len(q.URL.RawQuery) > longestQuery:
		return "The address is too long.", http.StatusRequestURITooLong
	case q.ContentLength > bodyBytes:
		return "The request is too large.", http.StatusRequestEntityTooLarge
	}
	return "", 0
}

// knows tells whether the host of a request is this machine: an address, localhost, or a name that was given. A page of
// another site that makes its own name lead here (DNS rebinding) has that name as its host.
func (g guard) knows(host string) bool {
	name := host
	if only, _, err := net.SplitHostPort(host); err == nil {
		name = only
	}
	name = strings.TrimSuffix(strings.TrimPrefix(name, "["), "]")
	address, err := netip.ParseAddr(name)
	switch {
	case err != nil:
		return name == "localhost" || g.token != "" && slices.Contains(g.hosts, strings.ToLower(name))
	case g.token == "":
		return address.IsLoopback()
	}
	return true
}

// admits tells whether a request has the token. One that has it in its address gets a cookie, and is led on without.
func (g guard) admits(w http.ResponseWriter, q *http.Request) bool {
	same := func(text string) bool { return subtle.ConstantTimeCompare([]byte(text), []byte(g.token)) == 1 }
	if cookie, err := q.Cookie(cookieName); err == nil && same(cookie.Value) {
		return true
	}
	query := q.URL.Query()
	if q.Method != http.MethodGet || !same(query.Get("token")) {
		http.Error(w, "Open the address that amgen serve printed, with its token.", http.StatusUnauthorized)
		return false
	}
	http.SetCookie(w, &http.Cookie{Name: cookieName, Value: g.token, Path: "/", HttpOnly: true,
		SameSite: http.SameSiteLaxMode})
	http.Redirect(w, q, "/", http.StatusSeeOther)
	return false
}
