// The native dialect with coder/websocket or gorilla/websocket: `clients coder|gorilla`. Prints a line
// for each step, see `scripts/clients.ts`.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	coder "github.com/coder/websocket"
	gorilla "github.com/gorilla/websocket"
)

// The greatest frame of the server is 1 MiB; coder's limit is 32 KiB.
const frameBytesMax = 1 << 20

const patience = 60 * time.Second

type socket struct {
	read  func() ([]byte, error)
	write func([]byte) error
	close func()
}

type dial func(url string) (socket, *http.Response, error)

func dialCoder(url string) (socket, *http.Response, error) {
	context, cancel := context.WithTimeout(context.Background(), 3*patience)
	connection, response, err := coder.Dial(context, url, nil)
	if err != nil {
		cancel()
		return socket{}, response, err
	}
	connection.SetReadLimit(frameBytesMax)
	return socket{
		read: func() ([]byte, error) {
			_, data, err := connection.Read(context)
			return data, err
		},
		write: func(data []byte) error { return connection.Write(context, coder.MessageText, data) },
		close: func() { connection.CloseNow(); cancel() },
	}, response, nil
}

func dialGorilla(url string) (socket, *http.Response, error) {
	connection, response, err := gorilla.DefaultDialer.Dial(url, nil)
	if err != nil {
		return socket{}, response, err
	}
	connection.SetReadLimit(frameBytesMax)
	return socket{
		read: func() ([]byte, error) {
			_, data, err := connection.ReadMessage()
			return data, err
		},
		write: func(data []byte) error { return connection.WriteMessage(gorilla.TextMessage, data) },
		close: func() { connection.Close() },
	}, response, nil
}

type frame struct {
	Type    string `json:"type"`
	ReplyTo string `json:"replyTo"`
	Payload struct {
		Content  string `json:"content"`
		HasMore  bool   `json:"hasMore"`
		Messages []struct {
			Sequence int `json:"sequence"`
		} `json:"messages"`
	} `json:"payload"`
}

type client struct {
	socket
	ids      int
	received []string
}

func say(line any) { fmt.Println(line) }

// ask sends a frame, and reads up to its answer.
func (c *client) ask(kind string, payload map[string]any) (frame, error) {
	c.ids++
	id := fmt.Sprint(c.ids)
	data, _ := json.Marshal(map[string]any{"type": kind, "payload": payload, "id": id})
	if err := c.write(data); err != nil {
		return frame{}, err
	}
	for {
		data, err := c.read()
		if err != nil {
			return frame{}, err
		}
		var next frame
		if err := json.Unmarshal(data, &next); err != nil {
			return frame{}, err
		}
		if next.Type == "chat_message" {
			c.received = append(c.received, next.Payload.Content)
		}
		if next.ReplyTo == id {
			return next, nil
		}
	}
}

func (c *client) converse(other *client, room, text string) error {
	expectOf := func(c *client, step, wanted, kind string, payload map[string]any) error {
		answer, err := c.ask(kind, payload)
		if err == nil && answer.Type != wanted {
			err = fmt.Errorf("%s was answered by %s", kind, answer.Type)
		}
		if err == nil && step != "" {
			say(step)
		}
		return err
	}
	// A message reaches the other connections of its sender.
	if err := expectOf(other, "", "room_joined", "join_room", map[string]any{"roomId": room}); err != nil {
		return err
	}
	if err := expectOf(c, "joined", "room_joined", "join_room", map[string]any{"roomId": room}); err != nil {
		return err
	}
	message := map[string]any{"roomId": room, "content": text}
	if err := expectOf(c, "sent", "message_ack", "chat_message", message); err != nil {
		return err
	}
	if err := expectOf(other, "", "pong", "ping", map[string]any{}); err != nil {
		return err
	}
	if !strings.Contains(strings.Join(other.received, "\n"), text) {
		return fmt.Errorf("nothing received")
	}
	say("received")
	count := 0
	page := map[string]any{"roomId": room, "limit": 200}
	for {
		answer, err := c.ask("get_history", page)
		if err != nil {
			return err
		}
		count += len(answer.Payload.Messages)
		if !answer.Payload.HasMore {
			break
		}
		page["before"] = answer.Payload.Messages[0].Sequence
	}
	if count <= 100 {
		return fmt.Errorf("a history of %d", count)
	}
	say("history")
	return nil
}

func main() {
	dialers := map[string]dial{"coder": dialCoder, "gorilla": dialGorilla}
	kind := os.Args[1]
	open := dialers[kind]
	room := os.Getenv("PARLEY_ROOM")
	address := "ws" + strings.TrimPrefix(os.Getenv("PARLEY_URL"), "http") + "/ws?token="
	for times := 0; times < 2; times++ {
		var connected socket
		for since := time.Now(); ; time.Sleep(200 * time.Millisecond) {
			found, _, err := open(address + os.Getenv("PARLEY_TOKEN"))
			if err == nil {
				connected = found
				break
			}
			if time.Since(since) > patience {
				say(err)
				return
			}
		}
		if times == 1 {
			say("back")
		}
		elsewhere, _, err := open(address + os.Getenv("PARLEY_TOKEN"))
		if err != nil {
			say(err)
			return
		}
		next, other := client{socket: connected}, client{socket: elsewhere}
		err = next.converse(&other, room, "go "+kind)
		other.close()
		if err != nil {
			say(err)
			return
		}
		if times == 0 {
			say("restart")
			for {
				if _, err := next.read(); err != nil {
					break
				}
			}
		}
		next.close()
	}
	if _, response, err := open(address + "wrong"); response != nil && response.StatusCode == 401 {
		say("refused")
	} else {
		say(err)
	}
}
