// Package serve is the command `amgen serve`: pages over a folder of runs.
package serve

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"

	"github.com/cli/browser"
	"github.com/spf13/cobra"

	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/serve"
)

// options are what was asked for.
type options struct {
	dir    string
	listen string
	open   bool
}

// New is the command.
func New(std term.Streams) *cobra.Command {
	o := options{dir: flags.RunsDir}
	cmd := &cobra.Command{
		Use: "serve [DIR]", Short: "Show runs in a browser, compare them, draw samples",
		Long: "Serve pages over the runs in DIR, by default " + flags.RunsDir + "/: a table of them; of each run " +
			"its curves while it trains, its pictures, configuration, reports and log; and runs compared. The " +
			"address is printed. Samples can be drawn, too, one request after the other. No file of a run is " +
			"changed, nothing is downloaded, and training isn't disturbed except by drawing. By default the pages " +
			"can be opened on this machine alone. If another address is listened on, the printed one has a random " +
			"token, without which nothing is answered; what is sent isn't encrypted. Ctrl-C ends the server.",
		Example: "  amgen serve --open\n  amgen serve runs/cifar --listen 127.0.0.1:8080",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				o.dir = args[0]
			}
			return execute(cmd.Context(), o, std)
		},
	}
	cmd.Flags().StringVar(&o.listen, "listen", "127.0.0.1:0", "`HOST:PORT` to listen on; port 0 is any free one")
	cmd.Flags().BoolVar(&o.open, "open", false, "open the page in the browser of this machine")
	return cmd
}

func execute(ctx context.Context, o options, std term.Streams) error {
	if err := os.Setenv("AMGEN_OFFLINE", "1"); err != nil { // a page downloads nothing
		return fmt.Errorf("serve: %w", err)
	}
	host, _, err := net.SplitHostPort(o.listen)
	if err != nil {
		return flags.Usagef("--listen takes HOST:PORT, such as 127.0.0.1:8080, got %q", o.listen)
	}
	on, err := net.Listen("tcp", o.listen)
	if err != nil {
		return fmt.Errorf("--listen %s: %w; choose another address or port", o.listen, err)
	}
	defer on.Close()
	address, allowed := reach(on.Addr(), host)
	server, err := serve.New(o.dir, allowed)
	if err != nil {
		return flags.Usage(err)
	}
	defer server.Close()
	fmt.Fprintln(std.Out, address)
	fmt.Fprintf(std.Err, "serve: the address above shows the runs in %s; Ctrl-C ends the server\n", o.dir)
	if o.open {
		browser.Stdout, browser.Stderr = std.Err, std.Err
		if err := browser.OpenURL(address); err != nil {
			fmt.Fprintf(std.Err, "serve: no browser was opened (%v); open the address in one\n", err)
		}
	}
	return server.Serve(ctx, on)
}

// reach is the address of the page, and what the server allows: a token is needed where others can reach it.
func reach(on net.Addr, host string) (address string, o serve.Options) {
	page := url.URL{Scheme: "http", Host: on.String(), Path: "/"}
	tcp, ok := on.(*net.TCPAddr)
	if ok && tcp.IP.IsLoopback() {
		return page.String(), o
	}
	o.Token = serve.NewToken()
	name, err := os.Hostname()
	if err == nil {
		o.Hosts = append(o.Hosts, strings.ToLower(name))
	}
	if host != "" && net.ParseIP(host) == nil {
		o.Hosts = append(o.Hosts, strings.ToLower(host))
		page.Host = net.JoinHostPort(host, fmt.Sprint(tcp.Port))
	} else if ok && tcp.IP.IsUnspecified() && err == nil {
		page.Host = net.JoinHostPort(name, fmt.Sprint(tcp.Port))
	}
	page.RawQuery = url.Values{"token": {o.Token}}.Encode()
	return page.String(), o
}
