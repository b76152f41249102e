<?php
// A bot in PHP, reduced to what it receives: one line of JSON an event on standard output. It takes two frames in a row
// and undoes the outer layer as bots written for the starter kit do: stripslashes, then trim of the quotes.
//
// Called by run.py as `php subscriber.php ENDPOINT starterkit|json`; ends on `zmq-stop`.

[, $endpoint, $encoding] = $argv;

$socket = (new ZMQContext())->getSocket(ZMQ::SOCKET_SUB);
$socket->setSockOpt(ZMQ::SOCKOPT_SUBSCRIBE, '');
$socket->connect($endpoint);

do {
    $event = $socket->recv();
    $content = $socket->recv();
    if ($socket->getSockOpt(ZMQ::SOCKOPT_RCVMORE)) {
        fwrite(STDERR, "more than two frames\n");
        exit(1);
    }
    $text = $encoding === 'starterkit' ? trim(stripslashes($content), '"') : $content;
    $line = [
        'event' => $event,
        'text' => $text,
        'data' => json_decode($text, false, 512, JSON_THROW_ON_ERROR),
    ];
    echo json_encode($line, JSON_THROW_ON_ERROR | JSON_PRESERVE_ZERO_FRACTION), "\n";
} while ($event !== 'zmq-stop');
